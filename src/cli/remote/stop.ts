import { forEachName, ignoringUnknown } from "../container/each.ts";
import { containerPath, selectContainers } from "./select.ts";
import { defineRemote, type RemoteVerb } from "./verb.ts";

export const verb: RemoteVerb = defineRemote({
  options: {
    all: "flag",
    latest: "flag",
    cidfile: "list",
    filter: "list",
    ignore: "flag",
    signal: "string",
    time: "integer",
  },
  async run(values, args, remote) {
    const names = await selectContainers(
      remote,
      args,
      values,
      ({ State }) => State === "running" || State === "paused",
    );
    const query = { t: values.time, signal: values.signal };
    return await forEachName(remote, names, (name) =>
      ignoringUnknown(values.ignore || values.all, async () => {
        await remote.client.act("POST", containerPath(name, "stop"), { query });
        return name;
      }),
    );
  },
});
