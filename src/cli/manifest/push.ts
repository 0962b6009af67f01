import { writeFileSync } from "node:fs";
import { pushList } from "../../engine/manifest/push.ts";
import { removeList } from "../../engine/manifest/remove.ts";
import { EstibaError } from "../../lib/error.ts";
import { type Command, defineCommand } from "../command.ts";
import { REGISTRY_OPTIONS, registryOptionsOf } from "../image/credentials.ts";
import { catchInterrupt } from "../image/interrupt.ts";
import { showProgress } from "../image/progress.ts";
import { SIGN_OPTIONS, signPushed } from "../image/signing-key.ts";
import { INSECURE_OPTION } from "./options.ts";

export const command: Command = defineCommand({
  name: "manifest push",
  summary: "Push a manifest list and its images to a registry",
  usage: "[OPTIONS] LIST [DESTINATION]",
  description:
    "Without a destination the list goes to its own name. A destination is [docker://]REGISTRY/NAME[:TAG]. The images of the\nlist go by their digests; what the registry has is not sent again.",
  options: {
    ...REGISTRY_OPTIONS,
    ...INSECURE_OPTION,
    ...SIGN_OPTIONS,
    all: { kind: "flag", on: true, help: "Push the images of the list, too" },
    "compression-format": {
      kind: "string",
      value: "FORMAT",
      choices: ["gzip", "zstd"],
      help: "How layers are packed that are not yet (default gzip)",
    },
    digestfile: { kind: "string", value: "FILE", help: "Write the list's digest to a file", complete: "file" },
    format: {
      kind: "string",
      short: "f",
      value: "FORMAT",
      choices: ["oci", "v2s2"],
      help: "Format of the list and its images (default: their own)",
    },
    quiet: { kind: "flag", short: "q", help: "Show no progress" },
    "remove-signatures": { kind: "flag", help: "Leave signatures out; none is ever copied" },
    rm: { kind: "flag", short: "p", aliases: ["purge"], help: "Forget the list when it is pushed" },
    "sign-by": { kind: "refused", help: "images cannot be signed by GPG" },
  },
  configured: true,
  args: [1, 2],
  complete: "image",
  examples: [["estiba manifest push app:1 docker://reg.example/app:1", "the list with its images"]],
  async run(values, [list = "", destination], cli) {
    using interrupt = catchInterrupt();
    const place = destination?.replace(/^docker:\/\//, "");
    if (
      place !== undefined &&
      /^[a-z-]+:(?!\d|\/\/)/.test(place) &&
      /^(oci|oci-archive|dir|docker-archive):/.test(place)
    )
      throw onlyRegistries(place);
    const kind = values["compression-format"] === "zstd" ? "zstd" : "gzip";
    const options = {
      ...registryOptionsOf({ ...values, "tls-verify": values["tls-verify"] && !values.insecure }),
      all: values.all,
      format:
        values.format === undefined ? undefined : values.format === "v2s2" ? ("docker" as const) : ("oci" as const),
      packing: { kind } as const,
      signal: interrupt.signal,
    };
    const pushed = await showProgress(cli, pushList(cli.engine(), list, place, options), values);
    await signPushed(pushed.name, values, options);
    if (values.digestfile !== undefined) writeFileSync(values.digestfile, pushed.digest);
    if (values.rm) removeList(cli.engine(), list);
    cli.out(`${pushed.digest}\n`);
    return 0;
  },
});

function onlyRegistries(place: string): EstibaError {
  return new EstibaError("unsupported", {
    reason: "manifest.only_registries",
    what: `a manifest list cannot be pushed to "${place}", only to a registry`,
    fix: "push it to a registry, then: skopeo copy --all docker://REGISTRY/NAME oci:FOLDER",
  });
}
