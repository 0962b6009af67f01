import { writeFileSync } from "node:fs";
import { splitReference } from "../../client/transfers.ts";
import { defineRemote, type RemoteVerb } from "./verb.ts";

export const verb: RemoteVerb = defineRemote({
  options: { author: "string", change: "list", iidfile: "string", message: "string", pause: "flag", quiet: "flag" },
  async run(values, [container = "", reference], remote) {
    const named = reference === undefined ? undefined : splitReference(reference);
    const { Id } = await remote.client.json<{ Id: string }>("POST", "/commit", {
      query: {
        container,
        repo: named?.name,
        tag: named?.tag,
        author: values.author,
        comment: values.message,
        changes: values.change,
        pause: values.pause,
      },
      json: {},
    });
    const id = Id.replace(/^sha256:/, "");
    if (values.iidfile !== undefined) writeFileSync(values.iidfile, id);
    remote.out(`${id}\n`);
    return 0;
  },
});
