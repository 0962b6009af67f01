import { removePod } from "../../engine/pod/remove.ts";
import { isEstibaError } from "../../lib/error.ts";
import { type Command, defineCommand } from "../command.ts";
import { forEachName } from "../container/each.ts";
import { exitCodeOf } from "../exit.ts";
import { unlessUnknown } from "./each.ts";
import { SELECT_PODS, selectPods } from "./select.ts";

export const command: Command = defineCommand({
  name: "pod rm",
  summary: "Remove pods with their containers",
  usage: "[OPTIONS] POD [POD...]",
  description:
    "Its containers' anonymous volumes go too. The exit code is 1 when a pod does not exist, as with Podman.",
  options: {
    ...SELECT_PODS,
    force: { kind: "flag", short: "f", help: "Kill the containers that run first" },
    ignore: { kind: "flag", short: "i", help: "Do not mind a pod that does not exist" },
    time: {
      kind: "integer",
      short: "t",
      aliases: ["timeout"],
      value: "SECONDS",
      help: "With --force, time between stop signal and SIGKILL (default 0)",
    },
  },
  frees: true,
  args: [0, Number.POSITIVE_INFINITY],
  complete: "pod",
  examples: [["estiba pod rm --force web", "a pod and all that is in it, running or not"]],
  async run(values, args, cli) {
    const engine = cli.engine();
    const options = { force: values.force, timeoutSeconds: values.time };
    const ignore = values.ignore || values.force || values.all;
    const remove = async (name: string): Promise<string | undefined> =>
      (await unlessUnknown(ignore, () => removePod(engine, name, options)))?.id;
    return await forEachName(cli, selectPods(cli, args, { ...values, ignore }), remove, ([first]) =>
      isEstibaError(first, "not_found") ? 1 : exitCodeOf(first),
    );
  },
});
