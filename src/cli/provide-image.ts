import { lookUpImage } from "../engine/find-image.ts";
import type { PullPolicy } from "../engine/pull.ts";
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

/** {@link provideImage} for all images that a container needs: its own, whose name is given, and those that it mounts. */
export async function provideImages(
  cli: Cli,
  { image, mounts }: Pick<ContainerSpec, "image" | "mounts">,
  options: { policy: string | undefined; quiet: boolean },
): Promise<string> {
  for (const mount of mounts) if (mount.type === "image") await provideImage(cli, mount.source, options);
  return await provideImage(cli, image, options);
}

/**
 * Makes sure that the image is local, by the policy (default: pull what is missing), and gives the name it is found by. An image that is
 * there costs one look-up; the registry client is not even loaded.
 */
export async function provideImage(
  cli: Cli,
  image: string,
  options: { policy: string | undefined; quiet: boolean },
): Promise<string> {
  const policy = POLICIES[options.policy ?? "missing"] ?? "missing";
  if (policy === "missing" && lookUpImage(cli.engine(), image) !== undefined) return image;
  const { pullImage } = await import("../engine/pull.ts");
  const { showProgress } = await import("./image/progress.ts");
  const { catchInterrupt } = await import("./image/interrupt.ts");
  using interrupt = catchInterrupt();
  const steps = pullImage(cli.engine(), image, { policy, signal: interrupt.signal });
  const { name } = await showProgress(cli, steps, options);
  return name;
}
