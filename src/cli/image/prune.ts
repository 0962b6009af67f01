import { pruneImages } from "../../engine/prune-images.ts";
import { type Command, defineCommand } from "../command.ts";
import { confirm } from "../confirm.ts";

export const command: Command = defineCommand({
  name: "image prune",
  summary: "Remove images that nobody uses",
  usage: "[OPTIONS]",
  description:
    "Those without a name and without containers; with --all, every one without containers. And, unless a filter is given, what is left of images whose pull or load has failed.",
  options: {
    all: { kind: "flag", short: "a", help: "Those with a name, too, when no container uses them" },
    "build-cache": { kind: "refused", help: "there is no build cache apart from images here" },
    external: { kind: "refused", help: "no other program has containers in this store" },
    filter: {
      kind: "list",
      value: "KEY=VALUE",
      help: "Only those that fit, such as until=24h or label=KEY=VALUE (keys as of images)",
    },
    force: { kind: "flag", short: "f", help: "Do not ask" },
  },
  frees: true,
  args: [0, 0],
  examples: [["estiba image prune --all --force --filter until=240h", "what is older than ten days and unused"]],
  async run(values, _args, cli) {
    if (!values.force) {
      const what = values.all ? "images without at least one container associated with them" : "dangling images";
      cli.err(`WARNING! This command removes all ${what}.\n`);
      if (!(await confirm())) return 0;
    }
    const { ids } = await pruneImages(cli.engine(), { all: values.all, filters: values.filter });
    cli.out(ids.map((id) => `${id}\n`).join(""));
    return 0;
  },
});
