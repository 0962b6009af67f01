import { annotateEntry, annotateList } from "../../engine/manifest/annotate.ts";
import { findList, listId } from "../../engine/manifest/find-list.ts";
import { type Command, defineCommand } from "../command.ts";
import { badOption } from "../container/bad-option.ts";
import { keyValues } from "../container/options/values.ts";
import { DESCRIPTION_OPTIONS, descriptionOf } from "./options.ts";

export const command: Command = defineCommand({
  name: "manifest annotate",
  summary: "Change what a manifest list says of an image",
  usage: "[OPTIONS] LIST [IMAGE]",
  description: "The image is a digest that stands in the list, or an image of the store that is in it.",
  options: {
    ...DESCRIPTION_OPTIONS,
    index: { kind: "flag", help: "Set --annotation of the list itself" },
  },
  args: [1, 2],
  complete: "image",
  examples: [["estiba manifest annotate --arch arm64 app:1 app:1-arm64", "another architecture"]],
  async run(values, [list = "", image], cli) {
    const engine = cli.engine();
    if (values.index) annotateList(engine, list, keyValues("--annotation", values.annotation));
    else if (image === undefined) throw badOption("IMAGE", "", "named, or --index given");
    else annotateEntry(engine, [list, image], descriptionOf(values));
    cli.out(`${listId(findList(engine, list).name)}\n`);
    return await Promise.resolve(0);
  },
});
