import { addToList } from "../../engine/manifest/add.ts";
import { createList } from "../../engine/manifest/create.ts";
import { listId } from "../../engine/manifest/find-list.ts";
import { removeList } from "../../engine/manifest/remove.ts";
import { type Command, defineCommand } from "../command.ts";
import { keyValues } from "../container/options/values.ts";
import { REGISTRY_OPTIONS, registryOptionsOf } from "../image/credentials.ts";
import { catchInterrupt } from "../image/interrupt.ts";
import { showProgress } from "../image/progress.ts";
import { INSECURE_OPTION } from "./options.ts";

export const command: Command = defineCommand({
  name: "manifest create",
  summary: "Make a manifest list: one name for images of several platforms",
  usage: "[OPTIONS] LIST [IMAGE...]",
  description:
    "Images that are not here are pulled. What the list names is pushed with it: estiba manifest push LIST. The list itself\nis no image: run and tag take its images.",
  options: {
    ...REGISTRY_OPTIONS,
    ...INSECURE_OPTION,
    all: { kind: "flag", help: "Of an image that is a list in its registry, add all images" },
    amend: { kind: "flag", short: "a", help: "Add to the list of that name, where there is one" },
    annotation: { kind: "list", value: "KEY=VALUE", help: "Set an annotation of the list" },
  },
  configured: true,
  args: [1, Number.POSITIVE_INFINITY],
  complete: "image",
  examples: [["estiba manifest create app:1 app:1-amd64 app:1-arm64", "of two images"]],
  async run(values, [list = "", ...images], cli) {
    using interrupt = catchInterrupt();
    const engine = cli.engine();
    const annotations = keyValues("--annotation", values.annotation);
    const name = createList(engine, list, { amend: values.amend, annotations });
    const verify = values["tls-verify"] && !values.insecure;
    const options = { ...registryOptionsOf({ ...values, "tls-verify": verify }), all: values.all, description: {} };
    try {
      for (const image of images)
        await showProgress(cli, addToList(engine, [name, image], { ...options, signal: interrupt.signal }), {
          quiet: false,
        });
    } catch (error) {
      // Half a list was not asked for.
      if (!values.amend) removeList(engine, name);
      throw error;
    }
    cli.out(`${listId(name)}\n`);
    return 0;
  },
});
