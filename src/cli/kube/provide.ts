import { existsSync } from "node:fs";
import { join } from "node:path";
import { lookUpImage } from "../../engine/find-image.ts";
import type { PullPolicy } from "../../engine/pull.ts";
import { EstibaError } from "../../lib/error.ts";
import type { Values } from "../command.ts";
import type { Cli } from "../context.ts";
import { registryOptionsOf } from "../image/credentials.ts";
import { provideImage } from "../provide-image.ts";
import type { PLAY_OPTIONS } from "./options.ts";

type PlayValues = Pick<
  Values<typeof PLAY_OPTIONS>,
  "authfile" | "build" | "cert-dir" | "context-dir" | "creds" | "quiet" | "tls-verify"
>;

/** Makes an image of a file local: built of its folder where it has one, else pulled by its policy. Gives the name it is found by. */
export function imageProvider(cli: Cli, values: PlayValues): (image: string, policy: PullPolicy) => Promise<string> {
  if (values["context-dir"] !== undefined && values.build !== "true") {
    throw new EstibaError("invalid", {
      reason: "kube.context_without_build",
      what: "--build must be specified when using --context-dir option",
      fix: "add --build",
    });
  }
  return async (image, policy) => {
    const folder = values.build === "false" ? undefined : folderOf(image, values["context-dir"] ?? process.cwd());
    if (folder !== undefined && (values.build === "true" || lookUpImage(cli.engine(), image) === undefined))
      return await build(cli, image, folder);
    return await provideImage(cli, image, {
      policy,
      quiet: values.quiet,
      registry: registryOptionsOf(values),
    });
  };
}

/** The folder whose name is the image's, without registry and tag, where it has a Containerfile. */
function folderOf(image: string, parent: string): string | undefined {
  const name = image.split("/").at(-1)?.split(/[:@]/)[0] ?? "";
  if (name === "" || name === "." || name === "..") return undefined;
  const folder = join(parent, name);
  return ["Containerfile", "Dockerfile"].some((file) => existsSync(join(folder, file))) ? folder : undefined;
}

async function build(cli: Cli, image: string, folder: string): Promise<string> {
  const { command } = await import("../build.ts");
  const { parseCommandLine } = await import("../parse.ts");
  const { values, args } = parseCommandLine(["--tag", image, folder], command.options, {
    stopAtFirst: false,
    prefix: "estiba kube play",
  });
  // The image's id is the answer of `build`, not of this command.
  await command.run(values, args, { ...cli, out: () => true });
  return image;
}
