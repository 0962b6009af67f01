import { inPath, splitReference } from "../../client/transfers.ts";
import { defineRemote, type RemoteVerb } from "./verb.ts";

export const verb: RemoteVerb = defineRemote({
  options: {},
  async run(_values, [image = "", ...names], { client }) {
    for (const each of names) {
      const { name, tag } = splitReference(each);
      await client.act("POST", `/images/${inPath(image)}/tag`, { query: { repo: name, tag } });
    }
    return 0;
  },
});
