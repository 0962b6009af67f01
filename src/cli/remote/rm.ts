import { forEachName, ignoringUnknown, someAtOnce } from "../container/each.ts";
import { removalExitCode } from "../exit.ts";
import { selectContainers } from "./select.ts";
import { defineRemote, type RemoteVerb } from "./verb.ts";

export const verb: RemoteVerb = defineRemote({
  options: {
    all: "flag",
    latest: "flag",
    cidfile: "list",
    filter: "list",
    force: "flag",
    ignore: "flag",
    volumes: "flag",
  },
  async run(values, args, remote) {
    const names = await selectContainers(remote, args, values);
    const ignore = values.ignore || values.force || values.all || values.filter.length > 0;
    const query = { force: values.force, v: values.volumes };
    const remove = async (name: string): Promise<string> => {
      await remote.client.act("DELETE", `/containers/${encodeURIComponent(name)}`, { query });
      return name;
    };
    const work = someAtOnce((name) => ignoringUnknown(ignore, () => remove(name)));
    return await forEachName(remote, names, work, removalExitCode);
  },
});
