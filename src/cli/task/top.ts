import { formatTable } from "../../views/table.ts";
import { defineRemote, type RemoteVerb } from "../remote/verb.ts";

type Processes = { readonly Titles: readonly string[]; readonly Processes: readonly (readonly string[])[] };

/** `top` of a task elsewhere, with the same columns as here. */
export const verb: RemoteVerb = defineRemote({
  options: {},
  async run(_values, [name = "", ...words], { client, out }) {
    const path = `/libpod/containers/${encodeURIComponent(name)}/top`;
    const { Titles, Processes } = await client.json<Processes>("GET", path, { query: { ps_args: words } });
    out(formatTable([Titles, ...Processes].map((row) => [...row])));
    return 0;
  },
});
