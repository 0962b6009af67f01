import { pruneSystem } from "../../engine/prune-system.ts";
import { formatUsage } from "../../lib/size.ts";
import { type Command, defineCommand } from "../command.ts";
import { confirm } from "../confirm.ts";

export const command: Command = defineCommand({
  name: "system prune",
  summary: "Remove containers, networks, images and volumes that nobody uses",
  usage: "[OPTIONS]",
  description:
    "Pods and containers that have ended, networks without containers, and images without a name and without containers.",
  options: {
    all: { kind: "flag", short: "a", help: "Images with a name, too, when no container uses them" },
    build: { kind: "refused", help: "builds leave no containers behind here" },
    external: { kind: "refused", help: "no other program has containers in this store" },
    filter: { kind: "list", value: "KEY=VALUE", help: "Only what fits: until=24h, label=KEY=VALUE, label!=KEY" },
    force: { kind: "flag", short: "f", help: "Do not ask" },
    volumes: { kind: "flag", help: "Volumes that no container has, too" },
  },
  frees: true,
  args: [0, 0],
  examples: [["estiba system prune --all --volumes --force", "keep only what running containers need"]],
  async run(values, _args, cli) {
    if (!values.force) {
      cli.err(warning(values));
      if (!(await confirm())) return 0;
    }
    const { all, volumes, filter } = values;
    const pruned = await pruneSystem(cli.engine(), { all, volumes, filters: filter });
    const groups: readonly (readonly [string, readonly string[]])[] = [
      ["Pods", pruned.pods],
      ["Containers", pruned.containers],
      ["Networks", pruned.networks],
      ["Volumes", pruned.volumes],
      ["Images", pruned.images],
      ["build cache objects", pruned.steps],
    ];
    for (const [what, names] of groups) {
      if (names.length > 0) cli.out(`Deleted ${what}\n${names.map((name) => `${name}\n`).join("")}`);
    }
    cli.out(`Total reclaimed space: ${formatUsage(pruned.bytes)}\n`);
    return 0;
  },
});

function warning({ all, volumes }: { all: boolean; volumes: boolean }): string {
  const lines = [
    "all stopped containers",
    "all networks not used by at least one container",
    ...(volumes ? ["all volumes not used by at least one container"] : []),
    all ? "all images without at least one container associated with them" : "all dangling images",
  ];
  return `WARNING! This command removes:\n${lines.map((line) => `\t- ${line}\n`).join("")}\n`;
}
