import { addToList } from "../../engine/manifest/add.ts";
import { findList, listId } from "../../engine/manifest/find-list.ts";
import { type Command, defineCommand } from "../command.ts";
import { REGISTRY_OPTIONS, registryOptionsOf } from "../image/credentials.ts";
import { catchInterrupt } from "../image/interrupt.ts";
import { showProgress } from "../image/progress.ts";
import { DESCRIPTION_OPTIONS, descriptionOf } from "./options.ts";

export const command: Command = defineCommand({
  name: "manifest add",
  summary: "Add images to a manifest list",
  usage: "[OPTIONS] LIST IMAGE [IMAGE...]",
  description:
    "An image that is here by that name, else one of a registry, which is pulled by its digest. With docker:// the registry\nis asked in any case. Of several images for several platforms there, --os, --arch and --variant choose.",
  options: {
    ...REGISTRY_OPTIONS,
    ...DESCRIPTION_OPTIONS,
    all: { kind: "flag", help: "Of an image that is a list in its registry, add all images" },
    quiet: { kind: "flag", short: "q", help: "Show no progress" },
  },
  configured: true,
  args: [2, Number.POSITIVE_INFINITY],
  complete: "image",
  examples: [
    ["estiba manifest add app:1 app:1-arm64", "an image that is here"],
    ["estiba manifest add --all app:1 docker://reg.example/app:1", "all platforms of a registry's"],
  ],
  async run(values, [list = "", ...images], cli) {
    using interrupt = catchInterrupt();
    const engine = cli.engine();
    const options = {
      ...registryOptionsOf(values),
      all: values.all,
      description: descriptionOf(values),
      signal: interrupt.signal,
    };
    for (const image of images) await showProgress(cli, addToList(engine, [list, image], options), values);
    cli.out(`${listId(findList(engine, list).name)}\n`);
    return 0;
  },
});
