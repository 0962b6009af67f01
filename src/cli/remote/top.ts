import { formatTable } from "../../views/table.ts";
import { containerPath, selectContainers } from "./select.ts";
import { defineRemote, type RemoteVerb } from "./verb.ts";

type Processes = { readonly Titles: readonly string[]; readonly Processes: readonly (readonly string[])[] | null };

export const verb: RemoteVerb = defineRemote({
  options: { latest: "flag" },
  async run(values, args, remote) {
    const [name = ""] = await selectContainers(remote, values.latest ? [] : args.slice(0, 1), values);
    const words = values.latest ? args : args.slice(1);
    const query = { ps_args: words.length === 0 ? undefined : words.join(" ") };
    const { Titles, Processes } = await remote.client.json<Processes>("GET", containerPath(name, "top"), { query });
    remote.out(formatTable([Titles, ...(Processes ?? [])].map((row) => [...row])));
    return 0;
  },
});
