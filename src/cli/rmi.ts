import { listImages } from "../engine/list-images.ts";
import { removeImage } from "../engine/remove-image.ts";
import { EstibaError, isEstibaError } from "../lib/error.ts";
import { type Command, defineCommand } from "./command.ts";
import type { Cli } from "./context.ts";
import { exitCodeOf, formatError } from "./exit.ts";

export const command: Command = defineCommand({
  name: "rmi",
  summary: "Remove images",
  usage: "[OPTIONS] IMAGE [IMAGE...]",
  description: "Takes the name away; the image goes with its last name. Layers that other images use stay.",
  options: {
    all: { kind: "flag", short: "a", help: "Remove every image" },
    force: { kind: "flag", short: "f", help: "Remove it with all its names, and the containers made from it" },
    ignore: { kind: "flag", short: "i", help: "Do not mind an image that does not exist" },
    platform: { kind: "refused", help: "an image is stored for one platform; its name or id says which" },
    "no-prune": { kind: "flag", help: "Leave images without a name that it was built on (always so here)" },
  },
  frees: true,
  args: [0, Number.POSITIVE_INFINITY],
  complete: "image",
  examples: [
    ["estiba rmi app:1", "one image"],
    ["estiba rmi --all --force", "all, and their containers"],
  ],
  async run(values, args, cli) {
    if (values.all === args.length > 0) throw wrongArguments(values.all);
    const targets = values.all ? listImages(cli.engine(), { all: true }).map(({ image }) => image.id) : args;
    let code = 0;
    // One after another: what one removal frees, the next may need to know.
    for (const target of targets) code = (await removeOne(cli, target, values)) || code;
    return code;
  },
});

async function removeOne(
  cli: Cli,
  target: string,
  values: { all: boolean; force: boolean; ignore: boolean },
): Promise<number> {
  try {
    const { untagged, deleted } = await removeImage(cli.engine(), target, {
      force: values.force,
      allNames: values.all,
    });
    cli.out(untagged.map((name) => `Untagged: ${name}\n`).join(""));
    if (deleted !== undefined) cli.out(`Deleted: ${deleted}\n`);
    return 0;
  } catch (error) {
    if ((values.ignore || values.force || values.all) && isEstibaError(error, "not_found")) return 0;
    cli.err(formatError(error));
    // Podman: 1 for an image that is not there, 2 for one in use.
    if (isEstibaError(error, "not_found")) return 1;
    return isEstibaError(error, "in_use") ? 2 : exitCodeOf(error);
  }
}

function wrongArguments(all: boolean): EstibaError {
  return new EstibaError("invalid", {
    reason: "cli.rmi_arguments",
    what: all ? "--all takes no image names" : "no image was named",
    fix: "see: estiba rmi --help",
  });
}
