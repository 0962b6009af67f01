import { writeArchive } from "../image/archive-output.ts";
import { containerPath } from "./select.ts";
import { defineRemote, type RemoteVerb } from "./verb.ts";

export const verb: RemoteVerb = defineRemote({
  options: { output: "string" },
  async run({ output }, [name = ""], { client }) {
    const { body } = await client.request("GET", containerPath(name, "export"));
    await writeArchive(body, output);
    return 0;
  },
});
