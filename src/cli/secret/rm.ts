import { selectSecrets } from "../../engine/secret/list.ts";
import { removeSecret } from "../../engine/secret/remove.ts";
import { EstibaError, isEstibaError } from "../../lib/error.ts";
import { type Command, defineCommand } from "../command.ts";
import { exitCodeOf, formatError } from "../exit.ts";
import { clusterFiles, isOfCluster, LOCAL_OPTION } from "./cluster.ts";

export const command: Command = defineCommand({
  name: "secret rm",
  summary: "Remove secrets",
  usage: "[OPTIONS] SECRET [SECRET...]",
  description: "A container that has one keeps it, through restarts too; it goes with the last of them.",
  options: {
    all: { kind: "flag", short: "a", help: "Remove every secret" },
    ...LOCAL_OPTION,
    ignore: { kind: "flag", short: "i", help: "Do not mind one that is not there" },
  },
  frees: true,
  args: [0, Number.POSITIVE_INFINITY],
  complete: "secret",
  examples: [
    ["estiba secret rm db-password", "one"],
    ["estiba secret rm --all", "every one"],
  ],
  async run(values, args, cli) {
    const engine = cli.engine();
    if (values.all === args.length > 0) throw badSelection(values.all);
    const files = isOfCluster(engine, values) ? clusterFiles(engine, "secret") : undefined;
    const all = async () => (files === undefined ? selectSecrets(engine, []) : await files.list());
    const names = values.all ? (await all()).map(({ id }) => id) : args;
    let code = 0;
    for (const name of names) {
      try {
        const removed = files === undefined ? removeSecret(engine, name) : (await files.remove(name)).id;
        cli.out(`${removed}\n`);
      } catch (error) {
        if ((values.all || values.ignore) && isEstibaError(error, "not_found")) continue;
        cli.err(formatError(error));
        if (code === 0) code = exitCodeOf(error);
      }
    }
    return code;
  },
});

function badSelection(all: boolean): EstibaError {
  return new EstibaError("invalid", {
    reason: "cli.selection",
    what: all
      ? "`estiba secret rm --all` takes no arguments"
      : "`estiba secret rm` requires at least one argument, or --all",
    fix: "name secrets, or use --all",
  });
}
