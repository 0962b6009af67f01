import { EstibaError } from "../lib/error.ts";

/** Where an image runs: values as Go spells them (GOOS, GOARCH), normalized. */
export type Platform = { os: string; architecture: string; variant?: string };

const ARCHITECTURES: Record<string, string> = {
  x86_64: "amd64",
  "x86-64": "amd64",
  x64: "amd64",
  aarch64: "arm64",
  armhf: "arm",
  armel: "arm",
  i386: "386",
  i686: "386",
};

/** The platform of this host. */
export function hostPlatform(): Platform {
  return { os: "linux", architecture: normalArchitecture(process.arch) };
}

/** Parses `os/arch[/variant]`, `arch` alone meaning linux. Throws `invalid` (`oci.bad_platform`). */
export function parsePlatform(text: string): Platform {
  const parts = text.toLowerCase().split("/");
  if (parts.length > 3 || parts.some((part) => !/^[a-z0-9_.-]+$/.test(part))) {
    throw new EstibaError("invalid", {
      reason: "oci.bad_platform",
      what: `not a platform: "${text}"`,
      fix: "use os/arch or os/arch/variant, such as linux/arm64",
    });
  }
  const [os = "linux", architecture, variant] = parts.length === 1 ? ["linux", ...parts] : parts;
  return normalPlatform({ os, architecture: architecture ?? "", ...(variant === undefined ? {} : { variant }) });
}

/** `os/arch` or `os/arch/variant`. */
export function formatPlatform(platform: Platform): string {
  const base = `${platform.os}/${platform.architecture}`;
  return platform.variant === undefined ? base : `${base}/${platform.variant}`;
}

/** Spells aliases (`x86_64`, `armhf`) and implied variants (arm64 = v8) one way. */
export function normalPlatform(platform: Platform): Platform {
  const architecture = normalArchitecture(platform.architecture);
  const variant = normalVariant(platform.architecture.toLowerCase(), architecture, platform.variant?.toLowerCase());
  return { os: platform.os.toLowerCase(), architecture, ...(variant === undefined ? {} : { variant }) };
}

/**
 * Picks the entry for the wanted platform: the same variant, else the nearest lower one that this processor runs (arm v7 runs v6),
 * else, where none was asked for, the first of that architecture. Entries without a platform match only when they are alone.
 */
export function choosePlatform<T extends { platform?: Platform }>(
  entries: readonly T[],
  wanted: Platform,
): T | undefined {
  const want = normalPlatform(wanted);
  const fitting = entries.flatMap((entry) => {
    const have = entry.platform === undefined ? undefined : normalPlatform(entry.platform);
    return have?.os === want.os && have.architecture === want.architecture ? [{ entry, variant: have.variant }] : [];
  });
  const only = entries.length === 1 ? entries[0] : undefined;
  if (fitting.length === 0) return only?.platform === undefined ? only : undefined;
  for (const variant of acceptedVariants(want)) {
    const found = fitting.find((candidate) => candidate.variant === variant);
    if (found !== undefined) return found.entry;
  }
  return want.variant === undefined ? fitting[0]?.entry : undefined;
}

function acceptedVariants(want: Platform): (string | undefined)[] {
  if (want.variant === undefined) return [undefined, ...(want.architecture === "arm" ? ["v7", "v6", "v5"] : [])];
  const level = /^v(\d+)$/.exec(want.variant);
  if (level === null) return [want.variant];
  const lower = Array.from({ length: Number(level[1]) }, (_, index) => `v${Number(level[1]) - index}`);
  return [...lower, undefined];
}

function normalArchitecture(name: string): string {
  const lower = name.toLowerCase();
  return ARCHITECTURES[lower] ?? lower;
}

function normalVariant(given: string, architecture: string, variant: string | undefined): string | undefined {
  if (architecture === "arm64" && (variant === "v8" || variant === "8")) return undefined;
  if (architecture === "amd64" && variant === "v1") return undefined;
  if (variant === undefined || variant === "") {
    if (given === "armhf") return "v7";
    return given === "armel" ? "v6" : undefined;
  }
  return /^\d+$/.test(variant) ? `v${variant}` : variant;
}
