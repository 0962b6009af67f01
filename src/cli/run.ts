import { join } from "node:path";
import { removeContainer } from "../engine/remove.ts";
import { runContainer } from "../engine/run.ts";
import { announceMove } from "../host/cgroup-mode.ts";
import { EstibaError, isEstibaError } from "../lib/error.ts";
import { getState } from "../state/containers.ts";
import { type Command, defineCommand } from "./command.ts";
import { attachStdio, forwardSignals, holdSignals, terminalSize } from "./container/attach-io.ts";
import { DETACH_KEYS_OPTION, parseDetachKeys } from "./container/detach-keys.ts";
import { reserveIdFile } from "./container/id-file.ts";
import { CONTAINER_OPTIONS } from "./container/options.ts";
import { containerSpec } from "./container/spec.ts";
import type { Cli } from "./context.ts";
import { provideImages } from "./provide-image.ts";

const RUN_OPTIONS = {
  ...CONTAINER_OPTIONS,
  detach: { kind: "flag", short: "d", help: "Run in the background and print the container's id" },
  "detach-keys": DETACH_KEYS_OPTION,
} as const;

export const command: Command = defineCommand({
  name: "run",
  summary: "Create a container, start it and show its output",
  usage: "[OPTIONS] IMAGE [COMMAND [ARG...]]",
  description:
    "The image is pulled when it is not there. The exit code is the command's own; 125 when Estiba\nfailed, 126 when the command cannot be executed, 127 when it was not found.",
  options: RUN_OPTIONS,
  configured: true,
  args: [1, Number.POSITIVE_INFINITY],
  stopAtFirst: true,
  complete: "image",
  examples: [
    ["estiba run --rm -it debian:12 bash", "a shell that leaves nothing behind"],
    ["estiba run -d --name web -p 8080:80 nginx", "a web server in the background, on port 8080 of the host"],
    ["estiba run --rm -v ./src:/src:ro -w /src node:22 npm test", "a command on a folder of the host"],
  ],
  async run(values, args, cli) {
    // The kernel takes its time before it lets a process be moved to another cgroup: it may begin now.
    void announceMove();
    const [image = "", ...command] = args;
    const spec = containerSpec(values, image, command);
    parseDetachKeys(values["detach-keys"]);
    if (spec.tty && !values.detach && spec.interactive && !process.stdin.isTTY) throw noTerminal();
    using idFile = reserveIdFile(values.cidfile);
    const found = await provideImages(cli, spec, { policy: values.pull, quiet: values.quiet });
    if (values.replace) await removeNamesake(cli, spec.name);
    const engine = cli.engine();
    using held = holdSignals();
    const { record, launched, ended } = await runContainer(
      engine,
      { ...spec, image: found },
      values.detach ? false : (terminalSize() ?? true),
    );
    for (const warning of launched.warnings) cli.warn(warning);
    const { attachment } = launched;
    idFile?.write(record.id);
    if (attachment === undefined && !values.detach) {
      // Passthrough: the container has our stdio itself.
      using _signals = forwardSignals(() => getState(engine.live, record.id)?.init?.pid);
      return (await ended()).code;
    }
    if (attachment === undefined) {
      cli.out(`${record.id}\n`);
      return 0;
    }
    const outcome = await attachStdio({
      attachment,
      bundle: join(engine.paths.bundles, record.id),
      tty: spec.tty,
      interactive: spec.interactive,
      initPid: () => getState(engine.live, record.id)?.init?.pid,
      detachKeys: values["detach-keys"],
      received: held.received,
    });
    if (outcome === "detached") return 0;
    return (await ended()).code;
  },
});

/** `--replace`: takes away a container of the same name, whatever its state. */
export async function removeNamesake(cli: Cli, name: string | undefined): Promise<void> {
  if (name === undefined) {
    throw new EstibaError("invalid", {
      reason: "cli.replace_without_name",
      what: "--replace needs --name: it replaces the container of that name",
    });
  }
  try {
    await removeContainer(cli.engine(), name, { force: true, volumes: true });
  } catch (error) {
    if (!isEstibaError(error, "not_found")) throw error;
  }
}

function noTerminal(): EstibaError {
  return new EstibaError("invalid", {
    reason: "cli.no_terminal",
    what: "the input device is not a TTY",
    fix: "leave out --tty (-t), or run it on a terminal",
  });
}
