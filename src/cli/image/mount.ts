import { imageMountIds, isImageMounted, mountImage, mountPoint } from "../../engine/image-mounts.ts";
import { type ImageSummary, listImages } from "../../engine/list-images.ts";
import { EstibaError } from "../../lib/error.ts";
import { formatTable } from "../../views/table.ts";
import { type Command, defineCommand } from "../command.ts";
import { forEachName } from "../container/each.ts";
import type { Cli } from "../context.ts";

export const command: Command = defineCommand({
  name: "image mount",
  summary: "Show the root of images on the host, read-only",
  usage: "[OPTIONS] [IMAGE...]",
  description: "Without an image, lists those that are mounted. They stay until `image unmount`, or a reboot.",
  options: {
    all: { kind: "flag", short: "a", help: "Every image" },
    format: { kind: "string", value: "json", help: "List as JSON", choices: ["json"] },
  },
  args: [0, Number.POSITIVE_INFINITY],
  complete: "image",
  examples: [["ls $(estiba image mount app:1)/etc", "look at its files without a container"]],
  async run(values, args, cli) {
    if (values.all && args.length > 0) throw allAndNames();
    if (args.length === 0 && !values.all) return list(cli, mounted(cli), values.format);
    const engine = cli.engine();
    const names = values.all ? listImages(engine, { all: true }).map(({ image }) => image.id) : args;
    const single = args.length === 1 && values.format === undefined;
    const code = await forEachName(cli, names, async (name) => {
      const { path } = await mountImage(engine, name);
      return single ? path : undefined;
    });
    if (!single && code === 0) list(cli, mounted(cli), values.format);
    return code;
  },
});

type Mounted = Pick<ImageSummary, "image" | "names"> & { readonly path: string };

function mounted(cli: Cli): Mounted[] {
  const engine = cli.engine();
  const ids = new Set(imageMountIds(engine).filter((id) => isImageMounted(engine, id)));
  return listImages(engine, { all: true })
    .filter(({ image }) => ids.has(image.id))
    .map(({ image, names }) => ({ image, names, path: mountPoint(engine, image.id) }));
}

function list(cli: Cli, images: readonly Mounted[], format: string | undefined): number {
  if (format === "json") {
    const rows = images.map(({ image, names, path }) => ({
      id: image.id,
      Names: names,
      Repositories: names,
      mountpoint: path,
    }));
    cli.out(`${JSON.stringify(rows, null, 1)}\n`);
    return 0;
  }
  cli.out(formatTable(images.map(({ image, names, path }) => [names[0] ?? image.id.slice(0, 12), path])));
  return 0;
}

function allAndNames(): EstibaError {
  return new EstibaError("invalid", {
    reason: "cli.all_and_names",
    what: "--all takes no image names",
    fix: "leave out one of them",
  });
}
