import { forEachName } from "../container/each.ts";
import { containerPath, selectContainers } from "./select.ts";
import { defineRemote, type RemoteVerb } from "./verb.ts";

export const verb: RemoteVerb = defineRemote({
  options: { all: "flag", latest: "flag", cidfile: "list", signal: "string" },
  async run(values, args, remote) {
    const names = await selectContainers(remote, args, values, ({ State }) => State === "running");
    return await forEachName(remote, names, async (name) => {
      const query = { signal: values.signal ?? "KILL" };
      await remote.client.act("POST", containerPath(name, "kill"), { query });
      return name;
    });
  },
});
