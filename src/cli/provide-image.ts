import { lookUpImage } from "../engine/find-image.ts";
import { isForPlatform } from "../engine/image-platform.ts";
import type { PullPolicy } from "../engine/pull.ts";
import type { RegistryOptions } from "../engine/registry-session.ts";
import { EstibaError } from "../lib/error.ts";
import { formatPlatform, type Platform } from "../oci/platform.ts";
import type { ContainerSpec } from "../state/container.ts";
import type { Cli } from "./context.ts";

/** The values of `--pull`; true and false are Podman's older spelling. */
const POLICIES: Readonly<Record<string, PullPolicy>> = {
  missing: "missing",
  always: "always",
  never: "never",
  newer: "newer",
  true: "always",
  false: "missing",
};

/** How images are found and fetched. */
export type ImageSource = {
  readonly policy: string | undefined;
  readonly quiet: boolean;
  readonly registry?: RegistryOptions;
  /** Of the container's own image. */
  readonly platform?: Platform | undefined;
};

/** {@link provideImage} for all images that a container needs: its own, whose name is given, and those that it mounts. */
export async function provideImages(
  cli: Cli,
  { image, mounts, rootfs }: Pick<ContainerSpec, "image" | "mounts" | "rootfs">,
  source: ImageSource,
): Promise<string> {
  const { platform: _own, ...others } = source;
  for (const mount of mounts) if (mount.type === "image") await provideImage(cli, mount.source, others);
  return rootfs === undefined ? await provideImage(cli, image, source) : image;
}

/**
 * Makes sure that the image is local, by the policy (default: pull what is missing), and gives the name it is found by. An image that is
 * there costs one look-up; the registry client is not even loaded. One for another platform than the one asked for counts as missing.
 */
export async function provideImage(cli: Cli, image: string, source: ImageSource): Promise<string> {
  const { platform, registry, quiet } = source;
  const policy = POLICIES[source.policy ?? "missing"] ?? "missing";
  const here = policy === "missing" || platform !== undefined ? lookUpImage(cli.engine(), image) : undefined;
  const fits = here !== undefined && (platform === undefined || isForPlatform(here.image, platform));
  if (fits && (policy === "missing" || policy === "never")) return image;
  if (here !== undefined && !fits && policy === "never") throw otherPlatform(image, platform);
  const { pullImage } = await import("../engine/pull.ts");
  const { showProgress } = await import("./image/progress.ts");
  const { catchInterrupt } = await import("./image/interrupt.ts");
  using interrupt = catchInterrupt();
  // What is here under the name is not what is wanted: it must be asked for.
  const effective = here !== undefined && !fits ? "always" : policy;
  const steps = pullImage(cli.engine(), image, { ...registry, platform, policy: effective, signal: interrupt.signal });
  const { name } = await showProgress(cli, steps, { quiet });
  return name;
}

function otherPlatform(image: string, platform: Platform | undefined): EstibaError {
  return new EstibaError("not_found", {
    reason: "image.no_platform",
    what: `the image "${image}" is not here for ${platform === undefined ? "this platform" : formatPlatform(platform)}`,
    fix: "leave out --pull never, or load it",
  });
}
