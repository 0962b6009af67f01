import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { libseccompStamp, openLibseccomp } from "../../host/libseccomp.ts";
import { hasCode } from "../../lib/has-code.ts";
import type { SpecSeccomp } from "../../oci/runtime-spec.ts";
import { DEFAULT_PROFILE_DIGEST } from "./default-digest.ts";

const INSTRUCTION_BYTES = 8;
const MAX_BYTES = 4096 * INSTRUCTION_BYTES;
/** Part of every cache key: raise it when the compiler itself changes what it makes. */
const COMPILER_VERSION = 1;

/**
 * crun's annotation (1.8 and later) for a ready filter in base64. crun then takes it instead of the rules of `linux.seccomp`; `exec` is under
 * the same filter. Where `linux.seccomp` is absent or names no flags, crun adds SECCOMP_FILTER_FLAG_SPEC_ALLOW, as runc does.
 */
export const SECCOMP_BPF_ANNOTATION = "run.oci.seccomp_bpf_data";

/**
 * What belongs into `linux.seccomp` beside the annotation: it allows nothing. A crun that knows the annotation never looks at it; one
 * that does not fails to start the container instead of running it without a filter.
 */
export const FAIL_CLOSED_SECCOMP: SpecSeccomp = { defaultAction: "SCMP_ACT_ERRNO" };

type DefaultFilterOptions = {
  /** The container's bounding set. */
  capabilities: readonly string[];
  /** The image's architecture, as OCI names it. */
  architecture: string;
  /** Filters are kept in `<cacheDir>/seccomp`. */
  cacheDir: string;
};

/**
 * The filter of our default profile, as {@link compileSeccomp}: the way of every ordinary `run`. Once it is in the cache neither the
 * profile nor libseccomp is loaded.
 */
export async function defaultSeccompFilter(options: DefaultFilterOptions): Promise<string | undefined> {
  const { capabilities, architecture, cacheDir } = options;
  return cachedFilter(cacheDir, [DEFAULT_PROFILE_DIGEST, architecture, ...capabilities.toSorted()], async () => {
    const { defaultProfile } = await import("./profile.ts");
    const { resolveProfile } = await import("./resolve-profile.ts");
    return resolveProfile(defaultProfile(), capabilities, architecture);
  });
}

/**
 * The filter of a resolved profile as base64 of struct sock_filter, for {@link SECCOMP_BPF_ANNOTATION}.
 *
 * Undefined when it cannot be made here: libseccomp is missing, or a rule asks for a listener (`SCMP_ACT_NOTIFY`), whose descriptor only
 * the runtime can pass on. Then `linux.seccomp` goes to the runtime, which compiles it itself.
 *
 * Kept in `<cacheDir>/seccomp/<sha256>.base64`, as it is needed, which another version of libseccomp does not share; a file that cannot be
 * a filter is made anew. Errors as `compile`.
 */
export async function compileSeccomp(spec: SpecSeccomp, cacheDir: string): Promise<string | undefined> {
  if (needsListener(spec)) return undefined;
  return cachedFilter(cacheDir, [JSON.stringify(spec)], async () => spec);
}

function needsListener(spec: SpecSeccomp): boolean {
  const actions = [spec.defaultAction, ...(spec.syscalls ?? []).map(({ action }) => action)];
  return spec.listenerPath !== undefined || actions.includes("SCMP_ACT_NOTIFY");
}

function readFilter(file: string): string | undefined {
  try {
    const text = readFileSync(file, "latin1");
    const bytes = Buffer.byteLength(text, "base64");
    const isWhole = bytes > 0 && text.length % 4 === 0 && bytes % INSTRUCTION_BYTES === 0;
    return isWhole && bytes <= MAX_BYTES ? text : undefined;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function keepFilter(folder: string, file: string, filter: string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(temporary, filter, { mode: 0o600 });
    renameSync(temporary, file);
  } catch (error) {
    // The cache only saves time: a full or read-only disk must not stop a container. Anything else is a fault of ours.
    rmSync(temporary, { force: true });
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (!["ENOSPC", "EDQUOT", "EROFS", "EACCES"].includes(code)) throw error;
  }
}

async function cachedFilter(
  cacheDir: string,
  identity: readonly string[],
  specOf: () => Promise<SpecSeccomp>,
): Promise<string | undefined> {
  const stamp = libseccompStamp();
  if (stamp === undefined) return undefined;
  const folder = join(cacheDir, "seccomp");
  const key = new Bun.CryptoHasher("sha256").update([COMPILER_VERSION, stamp, ...identity].join("\n")).digest("hex");
  const file = join(folder, `${key}.base64`);
  const cached = readFilter(file);
  if (cached !== undefined) return cached;
  const { compile } = await import("./compile.ts");
  const library = openLibseccomp();
  if (library === undefined) return undefined;
  const filter = compile(library, await specOf()).toString("base64");
  keepFilter(folder, file, filter);
  return filter;
}
