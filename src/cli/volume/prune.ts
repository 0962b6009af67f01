import { pruneVolumes, unusedVolumes } from "../../engine/volume/prune.ts";
import { type Command, defineCommand } from "../command.ts";
import { confirm } from "../confirm.ts";

export const command: Command = defineCommand({
  name: "volume prune",
  summary: "Remove the volumes that no container has",
  usage: "[OPTIONS]",
  description: "As with Podman, named volumes go, too; with Docker they do only with --all.",
  options: {
    all: { kind: "flag", short: "a", on: true, help: "Named ones, too; --all=false leaves them" },
    filter: {
      kind: "list",
      value: "KEY=VALUE",
      help: "Only those that fit: after, all, anonymous, driver, label, label!, name, opt, since, until",
    },
    force: { kind: "flag", short: "f", help: "Do not ask" },
  },
  frees: true,
  args: [0, 0],
  examples: [["estiba volume prune --force --filter label=test", "those with a label"]],
  async run(values, _args, cli) {
    const engine = cli.engine();
    const filters = values.all ? values.filter : [...values.filter, "anonymous=true"];
    if (!values.force) {
      const names = unusedVolumes(engine, filters);
      cli.err(
        `WARNING! This will remove all volumes not used by at least one container. The following volumes will be removed:\n${names.map((name) => `${name}\n`).join("")}`,
      );
      if (!(await confirm())) return 0;
    }
    cli.out((await pruneVolumes(engine, filters)).map((name) => `${name}\n`).join(""));
    return 0;
  },
});
