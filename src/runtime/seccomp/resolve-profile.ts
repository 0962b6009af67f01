import { release } from "node:os";
import type { SpecSeccomp, SpecSeccompRule } from "../../oci/runtime-spec.ts";
import type { ProfileRule, RuleFilter, SeccompProfile } from "./profile.ts";

// A 32-bit image runs on the 64-bit kernel, whose entry of the profile's map lists its sub-architectures.
const NATIVE: Partial<Record<string, string>> = { "386": "amd64", arm: "arm64" };
const SCMP_ARCHITECTURES: Partial<Record<string, string>> = {
  amd64: "SCMP_ARCH_X86_64",
  arm64: "SCMP_ARCH_AARCH64",
  loong64: "SCMP_ARCH_LOONGARCH64",
  ppc64le: "SCMP_ARCH_PPC64LE",
  riscv64: "SCMP_ARCH_RISCV64",
  s390x: "SCMP_ARCH_S390X",
};

/**
 * The OCI `linux.seccomp` of a profile for one container: rules whose conditions do not hold are gone, and so are the conditions.
 * @param capabilities the bounding set of the container: what any process in it can come to hold
 * @param architecture the image's, as OCI names it (`amd64`, `386`, `arm64`, ...)
 */
export function resolveProfile(
  profile: SeccompProfile,
  capabilities: readonly string[],
  architecture: string,
): SpecSeccomp {
  const native = NATIVE[architecture] ?? architecture;
  const context = { capabilities, arches: [architecture, native] };
  const { defaultErrnoRet, flags, listenerPath, listenerMetadata } = profile;
  const architectures = architecturesOf(profile, native);
  return {
    defaultAction: profile.defaultAction,
    ...(defaultErrnoRet === undefined ? {} : { defaultErrnoRet }),
    ...(architectures.length === 0 ? {} : { architectures }),
    ...(flags === undefined ? {} : { flags }),
    ...(listenerPath === undefined ? {} : { listenerPath }),
    ...(listenerMetadata === undefined ? {} : { listenerMetadata }),
    syscalls: profile.syscalls.filter((rule) => applies(rule, context)).map(withoutConditions),
  };
}

type Context = { capabilities: readonly string[]; arches: readonly string[] };

function architecturesOf(profile: SeccompProfile, native: string): string[] {
  const name = SCMP_ARCHITECTURES[native];
  const entry = profile.archMap?.find(({ architecture }) => architecture === name);
  if (entry !== undefined) return [entry.architecture, ...entry.subArchitectures];
  return profile.architectures ?? [];
}

function applies({ includes, excludes }: ProfileRule, context: Context): boolean {
  return (
    (includes === undefined || isIncluded(includes, context)) &&
    !(excludes !== undefined && isExcluded(excludes, context))
  );
}

function isIncluded({ caps, arches, minKernel }: RuleFilter, context: Context): boolean {
  if (arches !== undefined && arches.length > 0 && !arches.some((name) => context.arches.includes(name))) return false;
  if (caps?.some((name) => !context.capabilities.includes(name)) === true) return false;
  return minKernel === undefined || isKernelAtLeast(minKernel);
}

function isExcluded({ caps, arches, minKernel }: RuleFilter, context: Context): boolean {
  if (arches?.some((name) => context.arches.includes(name)) === true) return true;
  if (caps?.some((name) => context.capabilities.includes(name)) === true) return true;
  return minKernel !== undefined && isKernelAtLeast(minKernel);
}

function isKernelAtLeast(wanted: string): boolean {
  const [major = 0, minor = 0] = wanted.split(".").map(Number);
  const [hereMajor = 0, hereMinor = 0] = release().split(/[.-]/).map(Number);
  return hereMajor > major || (hereMajor === major && hereMinor >= minor);
}

function withoutConditions({ names, action, errnoRet, args }: ProfileRule): SpecSeccompRule {
  return {
    names,
    action,
    ...(errnoRet === undefined ? {} : { errnoRet }),
    ...(args === undefined || args.length === 0 ? {} : { args }),
  };
}
