import { selectVolumes } from "../../engine/volume/list.ts";
import { removeVolume } from "../../engine/volume/remove.ts";
import { isEstibaError } from "../../lib/error.ts";
import { type Command, defineCommand } from "../command.ts";
import { exitCodeOf, formatError } from "../exit.ts";
import { selectVolumeNames } from "./select.ts";

export const command: Command = defineCommand({
  name: "volume rm",
  summary: "Remove volumes with their data",
  usage: "[OPTIONS] VOLUME [VOLUME...]",
  description: "A volume that a container has, running or not, stays. What lies on a device of a volume stays, too.",
  options: {
    all: { kind: "flag", short: "a", help: "Remove every volume" },
    force: { kind: "flag", short: "f", help: "Remove the containers that use it first" },
    time: { kind: "integer", short: "t", value: "SECONDS", help: "With --force: time to stop (default: kill at once)" },
  },
  frees: true,
  args: [0, Number.POSITIVE_INFINITY],
  complete: "volume",
  examples: [
    ["estiba volume rm data", "one volume"],
    ["estiba volume rm --all --force", "all, and their containers"],
  ],
  async run(values, args, cli) {
    const engine = cli.engine();
    const named = selectVolumeNames(args, values);
    const names = values.all ? selectVolumes(engine, []).map(({ name }) => name) : named;
    let code = 0;
    for (const name of names) {
      try {
        const options = { force: values.force, timeoutSeconds: values.time };
        cli.out(`${await removeVolume(engine, name, options)}\n`);
      } catch (error) {
        // One that is gone is what was asked for, unless it was named without force.
        if ((values.all || values.force) && isEstibaError(error, "not_found")) continue;
        cli.err(formatError(error));
        // Podman: 1 for a volume that is not there, 2 for one in use.
        const own = isEstibaError(error, "not_found") ? 1 : isEstibaError(error, "in_use") ? 2 : exitCodeOf(error);
        if (code === 0) code = own;
      }
    }
    return code;
  },
});
