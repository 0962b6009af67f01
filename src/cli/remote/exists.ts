import { inPath } from "../../client/transfers.ts";
import { isEstibaError } from "../../lib/error.ts";
import { defineRemote, type RemoteVerb } from "./verb.ts";

export const containerVerb: RemoteVerb = existence((name) => `/containers/${encodeURIComponent(name)}/json`);
export const imageVerb: RemoteVerb = existence((name) => `/images/${inPath(name)}/json`);
export const networkVerb: RemoteVerb = existence((name) => `/networks/${encodeURIComponent(name)}`);
export const volumeVerb: RemoteVerb = existence((name) => `/volumes/${encodeURIComponent(name)}`);

function existence(path: (name: string) => string): RemoteVerb {
  return defineRemote({
    options: {},
    async run(_values, [name = ""], { client }) {
      try {
        await client.json("GET", path(name));
        return 0;
      } catch (error) {
        if (!isEstibaError(error, "not_found")) throw error;
        return 1;
      }
    },
  });
}
