import { detailsOf, inspectVolume, selectVolumes, type VolumeDetails } from "../../engine/volume/list.ts";
import { volumeDocument } from "../../views/volume.ts";
import { type Command, defineCommand } from "../command.ts";
import { exitCodeOf, formatError } from "../exit.ts";
import { printDocuments } from "../inspect.ts";
import { selectVolumeNames } from "./select.ts";

export const command: Command = defineCommand({
  name: "volume inspect",
  summary: "Show everything about volumes, as JSON",
  usage: "[OPTIONS] VOLUME [VOLUME...]",
  options: {
    all: { kind: "flag", short: "a", help: "All volumes" },
    format: {
      kind: "string",
      short: "f",
      value: "TEMPLATE",
      help: "json, or a Go template, such as '{{.Mountpoint}}'",
    },
  },
  args: [0, Number.POSITIVE_INFINITY],
  complete: "volume",
  examples: [["estiba volume inspect --format '{{.Mountpoint}}' data", "where its files are on the host"]],
  async run(values, args, cli) {
    const engine = cli.engine();
    const found: VolumeDetails[] = [];
    let code = 0;
    if (values.all && args.length === 0) found.push(...detailsOf(engine, selectVolumes(engine, [])));
    for (const name of selectVolumeNames(args, values)) {
      try {
        found.push(inspectVolume(engine, name));
      } catch (error) {
        cli.err(formatError(error));
        code = exitCodeOf(error);
      }
    }
    await printDocuments(cli, found.map(volumeDocument), values.format);
    return code;
  },
});
