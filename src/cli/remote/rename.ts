import { containerPath } from "./select.ts";
import { defineRemote, type RemoteVerb } from "./verb.ts";

export const verb: RemoteVerb = defineRemote({
  options: {},
  async run(_values, [container = "", name = ""], { client }) {
    await client.act("POST", containerPath(container, "rename"), { query: { name } });
    return 0;
  },
});
