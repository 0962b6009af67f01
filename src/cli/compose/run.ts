import { createContainer } from "../../engine/create.ts";
import { runContainer } from "../../engine/run.ts";
import { type Command, defineCommand, type Values } from "../command.ts";
import { holdSignals, terminalSize } from "../container/attach-io.ts";
import { stayAttached } from "../container/stay-attached.ts";
import { catchInterrupt } from "../image/interrupt.ts";
import { noSuchService } from "./containers.ts";
import { oneOffSpec } from "./one-off.ts";
import { RUN_OPTIONS } from "./run-options.ts";
import { openSession, type Session } from "./session.ts";
import { upOptions } from "./up-request.ts";
import type { LoadedWithBases } from "./with-bases.ts";

export const command: Command = defineCommand({
  name: "compose run",
  summary: "Run a command in a new container of a service",
  usage: "[OPTIONS] SERVICE [COMMAND [ARG...]]",
  description:
    "What the service depends on is started first. The container publishes no ports unless -P or -p is given, and no\nrestart policy starts it again. The exit code is the command's own.",
  options: RUN_OPTIONS,
  args: [1, Number.POSITIVE_INFINITY],
  stopAtFirst: true,
  examples: [
    ["estiba compose run --rm web npm test", "a command beside the running services"],
    ["estiba compose run --no-deps -P web", "the service itself, by hand"],
  ],
  async run(values, [service = "", ...words], cli) {
    const session = openSession(cli);
    const loaded = await session.load({ services: [service], dependencies: !values["no-deps"] });
    if (!Object.hasOwn(loaded.project.services, service)) throw noSuchService(service, loaded.declaredServices);
    await prepare(session, loaded, { values, service });
    if (session.dryRun) return 0;
    const wantsTty = loaded.project.services[service]?.tty ?? true;
    const tty = !values["no-tty"] && !values.detach && wantsTty && process.stdin.isTTY && process.stdout.isTTY;
    const spec = await oneOffSpec(session, values, { loaded, service, command: words, tty });
    const engine = cli.engine();
    if (values.detach) {
      const { startContainer } = await import("../../engine/start.ts");
      const record = await createContainer(engine, spec);
      await startContainer(engine, record.id, false);
      cli.out(`${record.name}\n`);
      return 0;
    }
    using held = holdSignals();
    const running = await runContainer(engine, spec, { attach: terminalSize() ?? true, pass: [] });
    const code = await stayAttached(cli, running, {
      streams: { stdin: spec.interactive, stdout: true, stderr: true },
      received: held.received,
      sigProxy: true,
      detachKeys: undefined,
    });
    return code ?? 0;
  },
});

type Preparing = { readonly values: Values<typeof RUN_OPTIONS>; readonly service: string };

/** Images, networks and volumes of the service, and what it depends on; its own containers stay as they are. */
async function prepare(session: Session, loaded: LoadedWithBases, { values, service }: Preparing): Promise<void> {
  const asked = {
    build: values.build,
    "force-recreate": false,
    "no-build": false,
    // What runs already is not disturbed by a one-off.
    "no-recreate": true,
    pull: values.pull,
    "quiet-pull": values["quiet-pull"],
    "remove-orphans": values["remove-orphans"],
    scale: [],
    yes: false,
  } as const;
  const options = await upOptions(session, loaded, asked, {
    targets: [service],
    start: true,
    leave: [service],
    quietBuild: values["quiet-build"] || values.quiet,
  });
  using interrupt = catchInterrupt();
  const orphans = values["remove-orphans"] ? ("remove" as const) : ("ignore" as const);
  const making = { loaded, options: { ...options, orphans }, signal: interrupt.signal };
  await session.make("run", making, { quiet: values.quiet });
}
