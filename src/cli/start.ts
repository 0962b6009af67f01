import { join } from "node:path";
import { endOfRun } from "../engine/run.ts";
import { startContainer } from "../engine/start.ts";
import { announceMove } from "../host/cgroup-mode.ts";
import { EstibaError } from "../lib/error.ts";
import { getState } from "../state/containers.ts";
import { type Command, defineCommand } from "./command.ts";
import { attachStdio, terminalSize } from "./container/attach-io.ts";
import { forEachName } from "./container/each.ts";
import { SELECT_OPTIONS, selectContainers } from "./container/select.ts";
import type { Cli } from "./context.ts";

export const command: Command = defineCommand({
  name: "start",
  summary: "Start containers that were created or have ended",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  options: {
    all: { kind: "flag", help: SELECT_OPTIONS.all.help },
    latest: SELECT_OPTIONS.latest,
    attach: { kind: "flag", short: "a", help: "Show its output and return its exit code" },
    "detach-keys": { kind: "string", value: "KEYS", help: "Keys that detach from a terminal (default ctrl-p,ctrl-q)" },
    interactive: { kind: "flag", short: "i", help: "Forward stdin too" },
  },
  args: [0, Number.POSITIVE_INFINITY],
  complete: "container",
  examples: [
    ["estiba start web db", "start two containers"],
    ["estiba start -ai shell", "start one and talk to it"],
  ],
  async run(values, args, cli) {
    // The kernel takes its time before it lets a process be moved to another cgroup: it may begin now.
    void announceMove();
    const engine = cli.engine();
    const names = selectContainers(cli, args, { ...values, cidfile: [] }, ({ status }) => status !== "running");
    if (!values.attach && !values.interactive) {
      return await forEachName(cli, names, async (name) => {
        const { warnings } = await startContainer(engine, name, false);
        for (const warning of warnings) cli.warn(warning);
        return name;
      });
    }
    const [name] = names;
    if (name === undefined || names.length > 1) {
      throw new EstibaError("invalid", {
        reason: "cli.attach_many",
        what: "you cannot start and attach multiple containers at once",
      });
    }
    return await startAttached(cli, name, values);
  },
});

async function startAttached(
  cli: Cli,
  name: string,
  values: { interactive: boolean; "detach-keys": string | undefined },
): Promise<number> {
  const engine = cli.engine();
  const { record, attachment, monitor, warnings } = await startContainer(engine, name, terminalSize() ?? true);
  for (const warning of warnings) cli.warn(warning);
  if (attachment === undefined) {
    throw new EstibaError("wrong_state", {
      reason: "container.running",
      what: `container "${record.name}" is already running`,
    });
  }
  const outcome = await attachStdio({
    attachment,
    bundle: join(engine.paths.bundles, record.id),
    tty: record.spec.tty,
    interactive: values.interactive && record.spec.interactive,
    initPid: () => getState(engine.live, record.id)?.init?.pid,
    detachKeys: values["detach-keys"],
  });
  return outcome === "detached" ? 0 : (await endOfRun(engine, record, monitor)).code;
}
