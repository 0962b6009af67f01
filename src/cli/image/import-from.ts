import { foreignRoot } from "../../config/foreign-roots.ts";
import { importImagesFrom } from "../../engine/import-images.ts";
import { hostUid } from "../../host/own-ids.ts";
import { type Command, defineCommand } from "../command.ts";
import { chosenEngine, chosenNames, FOREIGN_OPTIONS } from "../foreign-options.ts";
import { catchInterrupt } from "./interrupt.ts";
import { showProgress } from "./progress.ts";

export const command: Command = defineCommand({
  name: "image import-from",
  summary: "Bring images along from Docker's or Podman's store",
  usage: "[OPTIONS] docker|podman [IMAGE...]",
  description:
    "The other store is only read, and its engine may run or not. Ids, names and digests stay as they are; each layer\nis verified. See also: estiba volume import-from.",
  options: { ...FOREIGN_OPTIONS, quiet: { kind: "flag", short: "q", help: "Show no progress" } },
  args: [1, Number.POSITIVE_INFINITY],
  examples: [
    ["estiba image import-from docker --all", "every image that has a name"],
    ["estiba image import-from podman nginx:1.27 localhost/app", "some of Podman's"],
  ],
  async run(values, [from = "", ...names], cli) {
    const engine = chosenEngine(from);
    const wanted = chosenNames(names, values.all);
    const root = values.root ?? foreignRoot(engine, process.env, hostUid());
    using interrupt = catchInterrupt();
    const steps = importImagesFrom(cli.engine(), { from: engine, root, wanted, signal: interrupt.signal });
    for (const { image, names: given } of await showProgress(cli, steps, values)) {
      const shown = given.length === 0 ? [`sha256:${image.id}`] : given;
      cli.out(shown.map((name) => `Imported image: ${name}\n`).join(""));
    }
    return 0;
  },
});
