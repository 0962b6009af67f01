import { writeFileSync } from "node:fs";
import { type PushOptions, pushImage } from "../engine/push.ts";
import { EstibaError } from "../lib/error.ts";
import { isQualified, parseReference } from "../oci/reference.ts";
import { type Command, defineCommand } from "./command.ts";
import { badOption } from "./container/bad-option.ts";
import type { Cli } from "./context.ts";
import { REGISTRY_OPTIONS, registryOptionsOf } from "./image/credentials.ts";
import { catchInterrupt } from "./image/interrupt.ts";
import { showProgress } from "./image/progress.ts";
import { SIGN_OPTIONS, signPushed } from "./image/signing-key.ts";

const COMPRESSIONS = ["gzip", "zstd"] as const;
const FORMATS = ["oci", "v2s2"] as const;

export const command: Command = defineCommand({
  name: "push",
  summary: "Push an image to a registry",
  usage: "[OPTIONS] IMAGE [DESTINATION]",
  description:
    "Without a destination the image goes to its own name, on Docker Hub where that was typed without a registry. A destination is [docker://]REGISTRY/NAME[:TAG], or a place on this\nhost: oci:FOLDER, dir:FOLDER, oci-archive:FILE, docker-archive:FILE. What the registry has is not sent again.",
  options: {
    ...REGISTRY_OPTIONS,
    ...SIGN_OPTIONS,
    "all-tags": { kind: "flag", short: "a", help: "Push every tag of the repository" },
    compress: { kind: "flag", help: "With dir: pack layers that are not packed" },
    "compression-format": {
      kind: "string",
      value: "FORMAT",
      choices: COMPRESSIONS,
      help: "How layers are packed that are not yet (default gzip)",
    },
    "compression-level": { kind: "integer", value: "N", help: "1 to 9 for gzip, 1 to 20 for zstd" },
    "disable-content-trust": { kind: "flag", on: true, help: "Docker's trust is never used" },
    digestfile: { kind: "string", value: "FILE", help: "Write the manifest's digest to a file", complete: "file" },
    "encrypt-layer": { kind: "refused", help: "layers cannot be encrypted" },
    "encryption-key": { kind: "refused", help: "layers cannot be encrypted" },
    "force-compression": { kind: "flag", help: "Pack layers anew that are packed otherwise" },
    format: {
      kind: "string",
      short: "f",
      value: "FORMAT",
      choices: FORMATS,
      help: "Manifest format (default: its own)",
    },
    platform: { kind: "refused", help: "an image here is of one platform; pull the other one with --platform first" },
    quiet: { kind: "flag", short: "q", help: "Show no progress" },
    "remove-signatures": { kind: "flag", help: "Leave signatures out; none is ever copied" },
    "sign-by": { kind: "refused", help: "images cannot be signed by GPG" },
  },
  configured: true,
  args: [1, 2],
  complete: "image",
  examples: [
    ["estiba push localhost:5000/app:1", "to its own name"],
    ["estiba push app:1 registry.example/team/app:1", "to another one"],
    ["estiba push app:1 oci-archive:app.tar", "into an archive"],
  ],
  async run(values, [image = "", destination], cli) {
    const level = values["compression-level"];
    const kind = COMPRESSIONS.find((name) => name === values["compression-format"]) ?? "gzip";
    checkLevel(kind, level);
    using interrupt = catchInterrupt();
    const format = values.format === undefined ? undefined : values.format === "v2s2" ? "docker" : "oci";
    const options: PushOptions = {
      ...registryOptionsOf(values),
      format,
      packing: { kind, level },
      repack: values["force-compression"] ? "others" : "plain",
      signal: interrupt.signal,
    };
    const transport = /^(oci|dir|oci-archive|docker-archive):(?!\/\/)(.+)$/.exec(destination ?? "");
    if (transport !== null) {
      if (values["sign-by-sigstore-private-key"] !== undefined)
        throw badOption("--sign-by-sigstore-private-key", String(destination), "only for what goes to a registry");
      const { pushToPath } = await import("./image/push-to-path.ts");
      const packing = values.compress || values["force-compression"] ? options : { ...options, packing: undefined };
      await pushToPath(cli, image, [transport[1] ?? "", transport[2] ?? ""], packing);
      return 0;
    }
    const names = values["all-tags"] ? await tagsOf(cli, image, destination) : [image];
    for (const name of names) {
      const steps = pushImage(cli.engine(), name, destination?.replace(/^docker:\/\//, ""), options);
      const pushed = await showProgress(cli, steps, values);
      if (!values.quiet) cli.err(`Pushed ${pushed.name}: digest ${pushed.digest}\n`);
      await signPushed(pushed.name, values, options);
      if (values.digestfile !== undefined) writeFileSync(values.digestfile, pushed.digest);
    }
    return 0;
  },
});

function checkLevel(kind: "gzip" | "zstd", level: number | undefined): void {
  const most = kind === "gzip" ? 9 : 20;
  if (level !== undefined && (level < 1 || level > most))
    throw badOption("--compression-level", String(level), `from 1 to ${most} with ${kind}`);
}

async function tagsOf(cli: Cli, repository: string, destination: string | undefined): Promise<string[]> {
  const { tagsOfRepository } = await import("../engine/tags.ts");
  const names = tagsOfRepository(cli.engine(), repository);
  if (destination !== undefined) throw badOption("--all-tags", "true", "possible together with a destination");
  // Without the registry where it was typed without one: then they are not localhost's.
  const short = !isQualified(parseReference(repository));
  if (names.length > 0) return short ? names.map((name) => name.replace(/^localhost\//, "")) : names;
  throw new EstibaError("not_found", {
    reason: "image.no_tags",
    what: `no image here has a tag in the repository "${repository}"`,
    fix: "estiba images lists those that are here",
  });
}
