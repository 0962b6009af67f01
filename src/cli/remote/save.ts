import { writeArchive } from "../image/archive-output.ts";
import { catchInterrupt } from "../image/interrupt.ts";
import { defineRemote, type RemoteVerb } from "./verb.ts";

export const verb: RemoteVerb = defineRemote({
  options: { "multi-image-archive": "flag", output: "string", quiet: "flag" },
  async run(values, args, { client }) {
    using interrupt = catchInterrupt();
    const { body } = await client.request("GET", "/images/get", { query: { names: args }, signal: interrupt.signal });
    await writeArchive(body, values.output);
    return 0;
  },
});
