import { documentOf } from "../../engine/manifest/document.ts";
import { lookUpList } from "../../engine/manifest/find-list.ts";
import { remoteManifest } from "../../engine/manifest/remote.ts";
import { printIndex } from "../../oci/manifest.ts";
import { type Command, defineCommand } from "../command.ts";
import { REGISTRY_OPTIONS, registryOptionsOf } from "../image/credentials.ts";
import { catchInterrupt } from "../image/interrupt.ts";
import { INSECURE_OPTION } from "./options.ts";

export const command: Command = defineCommand({
  name: "manifest inspect",
  summary: "Show a manifest list of the store or of a registry, as JSON",
  usage: "[OPTIONS] LIST",
  description:
    "A list of the store by that name, else what a registry has. With docker:// the registry is asked in any case.",
  options: {
    ...REGISTRY_OPTIONS,
    ...INSECURE_OPTION,
    verbose: { kind: "refused", help: "estiba image inspect shows what an image is" },
  },
  configured: true,
  args: [1, 1],
  complete: "image",
  examples: [
    ["estiba manifest inspect app:1", "of the store"],
    ["estiba manifest inspect docker://reg.example/app:1", "of a registry"],
  ],
  async run(values, [name = ""], cli) {
    using interrupt = catchInterrupt();
    const list = name.startsWith("docker://") ? undefined : lookUpList(cli.engine(), name);
    if (list !== undefined) {
      cli.out(pretty(printIndex(documentOf(list))));
      return 0;
    }
    const verify = values["tls-verify"] && !values.insecure;
    const { bytes, document } = await remoteManifest(name.replace(/^docker:\/\//, ""), {
      ...registryOptionsOf({ ...values, "tls-verify": verify }),
      signal: interrupt.signal,
    });
    if (document.kind === "manifest")
      cli.warn(`The manifest type ${document.mediaType} is not a manifest list but a single image.`);
    cli.out(pretty(bytes));
    return 0;
  },
});

function pretty(bytes: Uint8Array): string {
  return `${JSON.stringify(JSON.parse(new TextDecoder().decode(bytes)), null, 4)}\n`;
}
