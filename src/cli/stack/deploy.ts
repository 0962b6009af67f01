import { differences } from "../../cluster/stack/check.ts";
import { type Command, defineCommand } from "../command.ts";
import { deployLoaded } from "./deploy-loaded.ts";
import { FILES_OPTIONS, loadStack } from "./files.ts";

export const command: Command = defineCommand({
  name: "stack deploy",
  summary: "Have the cluster run what Compose files describe",
  usage: "[OPTIONS] STACK",
  description:
    "Networks, secrets, configs and services are made or changed so that they are as the files say, with all that stands\nunder deploy:. A secret or config that says something else now comes to its services by a rolling update. Services\nare made and changed in the order of depends_on, and those that others wait for are waited for.",
  options: {
    ...FILES_OPTIONS,
    check: { kind: "flag", help: "Only tell what is not on a cluster as on one machine, key by key" },
    detach: { kind: "flag", short: "d", on: true, help: "Do not wait until all tasks run (default true)" },
    prune: { kind: "flag", help: "Remove services of the stack that the files do not have any more" },
    quiet: { kind: "flag", short: "q", help: "Do not show the progress" },
    "resolve-image": { kind: "refused", help: "the registry is asked by the nodes only" },
    "with-registry-auth": { kind: "refused", help: "nodes use their own logins: estiba login" },
  },
  args: [1, 1],
  examples: [
    ["estiba stack deploy -c compose.yaml shop", "the services shop_web, shop_db and so on"],
    ["estiba stack deploy --check -c compose.yaml shop", "what differs from one machine"],
    ["estiba stack deploy --prune --detach=false -c compose.yaml shop", "and wait until it is so"],
  ],
  async run(values, [name = ""], cli) {
    const loaded = await loadStack(cli, values, name);
    if (values.check) {
      const found = differences(loaded);
      for (const { how, text } of found) cli.out(`${how}: ${text}\n`);
      return found.some(({ how }) => how === "refused") ? 1 : 0;
    }
    await deployLoaded(cli, loaded, { ...values, force: false, wait: !values.detach });
    return 0;
  },
});
