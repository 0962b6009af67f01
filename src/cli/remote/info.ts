import { isJsonFormat } from "../format-options.ts";
import { defineRemote, type RemoteVerb } from "./verb.ts";

// What the engine says of itself and of its host, as it says it.
export const verb: RemoteVerb = defineRemote({
  options: { format: "string" },
  async run({ format }, _args, remote) {
    const document = await remote.client.json<object>("GET", "/info");
    if (format === undefined) remote.out(`${Bun.YAML.stringify(document, null, 2).trimEnd()}\n`);
    else if (isJsonFormat(format)) remote.out(`${JSON.stringify(document, null, 2)}\n`);
    else {
      const { renderTemplate } = await import("../../lib/go-template/render.ts");
      const { FORMAT_OPTIONS } = await import("../format-options.ts");
      remote.out(`${renderTemplate(format, document, { ...FORMAT_OPTIONS, name: "info" })}\n`);
    }
    return 0;
  },
});
