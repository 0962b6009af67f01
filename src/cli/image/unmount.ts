import { findImage } from "../../engine/find-image.ts";
import { imageMountIds, unmountImage } from "../../engine/image-mounts.ts";
import { EstibaError } from "../../lib/error.ts";
import { type Command, defineCommand } from "../command.ts";
import { forEachName } from "../container/each.ts";

export const command: Command = defineCommand({
  name: "image unmount",
  summary: "Take the roots of images away from the host",
  usage: "[OPTIONS] IMAGE [IMAGE...]",
  options: {
    all: { kind: "flag", short: "a", help: "Every image that is mounted" },
    force: { kind: "flag", short: "f", help: "Even while files of it are open (always so here)" },
  },
  args: [0, Number.POSITIVE_INFINITY],
  complete: "image",
  examples: [["estiba image unmount --all", "all of them"]],
  async run(values, args, cli) {
    const engine = cli.engine();
    if (values.all === args.length > 0) throw wrongArguments(values.all);
    return await forEachName(cli, values.all ? imageMountIds(engine) : args, async (name) => {
      const id = values.all ? name : findImage(engine, name).image.id;
      return (await unmountImage(engine, id)) || values.all ? id : undefined;
    });
  },
});

function wrongArguments(all: boolean): EstibaError {
  return new EstibaError("invalid", {
    reason: "cli.all_and_names",
    what: all ? "--all takes no image names" : "no image was named",
    fix: "name images, or use --all",
  });
}
