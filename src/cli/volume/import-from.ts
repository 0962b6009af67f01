import { foreignRoot } from "../../config/foreign-roots.ts";
import { foreignVolumes, importForeignVolume } from "../../engine/import-volumes.ts";
import { hostUid } from "../../host/own-ids.ts";
import { type Command, defineCommand } from "../command.ts";
import { exitCodeOf, formatError } from "../exit.ts";
import { chosenEngine, chosenNames, FOREIGN_OPTIONS } from "../foreign-options.ts";

export const command: Command = defineCommand({
  name: "volume import-from",
  summary: "Bring volumes along from Docker or Podman",
  usage: "[OPTIONS] docker|podman [VOLUME...]",
  description:
    "Labels, options and everything in them with its owners is copied; the other engine's volumes stay. One that a\nrunning container has mounted is refused.",
  options: {
    ...FOREIGN_OPTIONS,
    force: { kind: "flag", short: "f", help: "Copy volumes that are in use, too, as they are at this moment" },
  },
  args: [1, Number.POSITIVE_INFINITY],
  examples: [["estiba volume import-from docker --all", "every one of Docker's"]],
  async run(values, [from = "", ...names], cli) {
    const foreign = chosenEngine(from);
    const root = values.root ?? foreignRoot(foreign, process.env, hostUid());
    let code = 0;
    // One after another: it is the disk that takes the time.
    for (const volume of foreignVolumes(foreign, root, chosenNames(names, values.all))) {
      try {
        await importForeignVolume(cli.engine(), volume, { force: values.force });
        cli.out(`${volume.name}\n`);
      } catch (error) {
        cli.err(formatError(error));
        code ||= exitCodeOf(error);
      }
    }
    return code;
  },
});
