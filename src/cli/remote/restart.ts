import { forEachName } from "../container/each.ts";
import { containerPath, selectContainers } from "./select.ts";
import { defineRemote, type RemoteVerb } from "./verb.ts";

export const verb: RemoteVerb = defineRemote({
  options: {
    all: "flag",
    running: "flag",
    latest: "flag",
    cidfile: "list",
    filter: "list",
    signal: "string",
    time: "integer",
  },
  async run(values, args, remote) {
    const all = values.all || values.running;
    const applies = ({ State }: { readonly State: string }): boolean => !values.running || State === "running";
    const names = await selectContainers(remote, args, { ...values, all }, applies);
    return await forEachName(remote, names, async (name) => {
      const query = { t: values.time, signal: values.signal };
      await remote.client.act("POST", containerPath(name, "restart"), { query });
      return name;
    });
  },
});
