import { pruneBuilds } from "../engine/prune-builds.ts";
import { parseDuration } from "../lib/duration.ts";
import { formatUsage } from "../lib/size.ts";
import { type Command, defineCommand } from "./command.ts";
import { confirm } from "./confirm.ts";
import { badOption } from "./container/bad-option.ts";

export const command: Command = defineCommand({
  name: "builder prune",
  summary: "Forget what steps of builds have made",
  usage: "[OPTIONS]",
  options: {
    all: { kind: "flag", short: "a", help: "What images have, and the caches of RUN --mount, too" },
    filter: { kind: "list", value: "KEY=VALUE", help: "Only what fits: until=24h (not used since)" },
    force: { kind: "flag", short: "f", help: "Do not ask" },
    "keep-storage": { kind: "refused", help: "the cache has no limit; prune by time: --filter until=24h" },
  },
  frees: true,
  args: [0, 0],
  examples: [
    ["estiba builder prune --force", "what no image has"],
    ["estiba builder prune --all --filter until=168h", "all that was not used for a week"],
  ],
  async run(values, _args, cli) {
    const usedBefore = untilOf(values.filter);
    if (!values.force) {
      const what = values.all ? "all build cache" : "all dangling build cache";
      cli.err(`WARNING! This will remove ${what}. `);
      if (!(await confirm())) return 0;
    }
    const { steps, bytes } = await pruneBuilds(cli.engine(), { all: values.all, usedBefore });
    if (steps.length > 0)
      cli.out(`Deleted build cache objects:\n${steps.map(({ key }) => `${key.slice(0, 25)}\n`).join("")}\n`);
    cli.out(`Total reclaimed space: ${formatUsage(bytes)}\n`);
    return 0;
  },
});

function untilOf(filters: readonly string[]): number | undefined {
  const times = filters.map((text) => {
    const ago = text.startsWith("until=") ? parseDuration(text.slice("until=".length)) : undefined;
    if (ago === undefined) throw badOption("--filter", text, "until=DURATION, such as until=24h");
    return Date.now() - ago;
  });
  return times.length === 0 ? undefined : Math.min(...times);
}
