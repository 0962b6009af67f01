import { type Command, defineCommand } from "../command.ts";
import { keyValues } from "../container/options/values.ts";
import { clusterFiles } from "../secret/cluster.ts";
import { readData } from "../secret/read-data.ts";

export const command: Command = defineCommand({
  name: "config create",
  summary: "Keep a config for tasks of the cluster, from a file or stdin",
  usage: "[OPTIONS] NAME FILE|-",
  description:
    "Tasks get it by service create --config. It is encrypted where the cluster's state lies, and sent to the nodes\nthat have such tasks.",
  options: {
    label: { kind: "list", short: "l", value: "KEY=VALUE", help: "Set a label" },
    replace: { kind: "flag", help: "Take the place of one of that name: its services are updated" },
    "template-driver": { kind: "refused", help: "nothing is filled in: a config is what it is" },
  },
  args: [2, 2],
  complete: ["none", "file"],
  examples: [
    ["estiba config create web.conf ./web.conf", "then: estiba service create --config web.conf ..."],
    ["estiba config create --replace web.conf ./web.conf", "a newer version, by a rolling update"],
  ],
  async run(values, [name = "", source = ""], cli) {
    const data = await readData("config", source);
    const labels = keyValues("--label", values.label);
    const existing = values.replace ? "replace" : "refuse";
    const { id } = await clusterFiles(cli.engine(), "config").create({ name, labels, data, existing });
    cli.out(`${id}\n`);
    return 0;
  },
});
