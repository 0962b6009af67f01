import { resolve } from "node:path";
import type { ContainerSpec } from "../../../state/container.ts";
import type { Values } from "../../command.ts";
import { REGISTRY_OPTIONS } from "../../image/credentials.ts";
import { PLATFORM_OPTIONS } from "../../image/platform.ts";
import { badOption } from "../bad-option.ts";

const ROOTFS_OPTIONS = {
  pull: {
    kind: "string",
    value: "POLICY",
    help: "When to pull the image (default missing)",
    choices: ["missing", "always", "never", "newer", "true", "false"],
  },
  quiet: { kind: "flag", short: "q", help: "Do not tell about pulling" },
  rootfs: { kind: "flag", help: "The argument is a folder, not an image: PATH, or PATH:O to leave it as it is" },
} as const;

/** What the root is made from, and where that comes from: options of `run` and `create`, as Podman names them. */
export const IMAGE_OPTIONS: typeof ROOTFS_OPTIONS & typeof PLATFORM_OPTIONS & typeof REGISTRY_OPTIONS = {
  ...ROOTFS_OPTIONS,
  ...PLATFORM_OPTIONS,
  ...REGISTRY_OPTIONS,
};

/** Throws `invalid` naming the option. */
export function imageOf(
  values: Values<typeof ROOTFS_OPTIONS> & Pick<Values<typeof REGISTRY_OPTIONS>, "disable-content-trust">,
  image: string,
): Pick<ContainerSpec, "image" | "rootfs"> {
  if (!values["disable-content-trust"])
    throw badOption("--disable-content-trust", "false", "possible", "Docker's signatures are not supported");
  if (!values.rootfs) return { image };
  const [, path = image, option] = /^(.*?)(?::([^/:]*))?$/s.exec(image) ?? [];
  if (option !== undefined && option !== "O") throw badOption("--rootfs", image, "PATH or PATH:O");
  return { image: resolve(path), rootfs: { path: resolve(path), overlay: option === "O" } };
}
