import { EstibaError } from "../../lib/error.ts";
import { formatPlatform, hostPlatform, type Platform, parsePlatform } from "../../oci/platform.ts";

/** The options by which an image for another platform is chosen. */
export const PLATFORM_OPTIONS = {
  platform: {
    kind: "string",
    value: "OS/ARCH[/VARIANT]",
    help: "Choose the image for another platform",
    complete: "platform",
  },
  os: { kind: "string", value: "OS", help: "Choose the image for another operating system", offered: ["linux"] },
  arch: { kind: "string", value: "ARCH", help: "Choose the image for another architecture", complete: "architecture" },
  variant: { kind: "string", value: "VARIANT", help: "Choose the image for a variant of the architecture" },
} as const;

type PlatformValues = {
  platform: string | undefined;
  os: string | undefined;
  arch: string | undefined;
  variant: string | undefined;
};

/** The platform asked for, or undefined for the host's. Throws `invalid`, also for --platform together with its parts. */
export function chosenPlatform({ platform, os, arch, variant }: PlatformValues): Platform | undefined {
  const parts = os !== undefined || arch !== undefined || variant !== undefined;
  if (platform !== undefined && parts) {
    throw new EstibaError("invalid", {
      reason: "cli.platform_twice",
      what: "--platform cannot be used together with --os, --arch or --variant",
    });
  }
  if (platform !== undefined) return parsePlatform(platform);
  if (!parts) return undefined;
  const host = hostPlatform();
  const wanted = { os: os ?? host.os, architecture: arch ?? host.architecture };
  return parsePlatform(formatPlatform(variant === undefined ? wanted : { ...wanted, variant }));
}
