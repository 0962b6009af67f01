import { forEachName } from "../container/each.ts";
import { containerPath, selectContainers } from "./select.ts";
import { defineRemote, type RemoteVerb } from "./verb.ts";

export const verb: RemoteVerb = holding("pause", "running");
export const unpauseVerb: RemoteVerb = holding("unpause", "paused");

function holding(word: string, state: string): RemoteVerb {
  return defineRemote({
    options: { all: "flag", latest: "flag", cidfile: "list", filter: "list" },
    async run(values, args, remote) {
      const names = await selectContainers(remote, args, values, ({ State }) => State === state);
      return await forEachName(remote, names, async (name) => {
        await remote.client.act("POST", containerPath(name, word));
        return name;
      });
    },
  });
}
