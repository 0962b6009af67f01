import type { ContainerSummary } from "../engine/list.ts";
import { startContainer } from "../engine/start.ts";
import { isRunning } from "../engine/status.ts";
import { EstibaError } from "../lib/error.ts";
import { parseDetachKeys } from "../runtime/detach-keys.ts";
import { type Command, defineCommand } from "./command.ts";
import { DETACH_KEYS_OPTION } from "./container/detach-keys-option.ts";
import { forEachName, someAtOnce } from "./container/each.ts";
import { FILTER_OPTION, SELECT_OPTIONS, selectContainers } from "./container/select.ts";

export const command: Command = defineCommand({
  name: "start",
  summary: "Start containers that were created or have ended",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  options: {
    all: { kind: "flag", help: "All containers that do not run" },
    attach: { kind: "flag", short: "a", help: "Show its output and return its exit code" },
    checkpoint: {
      kind: "refused",
      help: "there are no checkpoints: the OCI runtimes of this host cannot restore them",
    },
    "checkpoint-dir": { kind: "refused", help: "there are no checkpoints" },
    "detach-keys": DETACH_KEYS_OPTION,
    filter: FILTER_OPTION,
    interactive: { kind: "flag", short: "i", help: "Show its output, and forward stdin too" },
    latest: SELECT_OPTIONS.latest,
    "sig-proxy": { kind: "flag", on: true, help: "While attached, pass signals on to its first process" },
  },
  configured: true,
  args: [0, Number.POSITIVE_INFINITY],
  complete: "container",
  examples: [
    ["estiba start web db", "start two containers"],
    ["estiba start -ai shell", "start one and talk to it"],
  ],
  async run(values, args, cli) {
    const engine = cli.engine();
    const attach = values.attach || values.interactive;
    if (attach && values.all) throw attachOne("you cannot start and attach all containers at once");
    parseDetachKeys(values["detach-keys"]);
    const names = selectContainers(cli, args, values, doesNotRun);
    if (!attach) {
      const start = someAtOnce(async (name) => {
        const { warnings, wasRunning } = await startContainer(engine, name, false);
        for (const warning of warnings) cli.warn(warning);
        // As with Podman: what is printed is what was done.
        return wasRunning ? undefined : name;
      });
      return await forEachName(cli, names, start);
    }
    const [name] = names;
    if (name === undefined || names.length > 1)
      throw attachOne("you cannot start and attach multiple containers at once");
    return await (await import("./container/start-attached.ts")).startAttached(cli, name, values);
  },
});

function doesNotRun(container: ContainerSummary): boolean {
  return !isRunning(container);
}

function attachOne(what: string): EstibaError {
  return new EstibaError("invalid", { reason: "cli.attach_many", what });
}
