import { existsSync } from "node:fs";
import { readOrEmpty } from "../host/read-if-there.ts";
import { EstibaError } from "../lib/error.ts";
import type { SecuritySpec } from "../state/spec/security.ts";
import { defaultProfile } from "./apparmor-profile.ts";

const ENABLED = "/sys/module/apparmor/parameters/enabled";
const LOADED = "/sys/kernel/security/apparmor/profiles";
const INCLUDES = "/etc/apparmor.d";
const DEFAULT_NAME = "estiba-default";
const TOOLS = "/usr/sbin:/usr/bin:/sbin:/bin";

/** The AppArmor profile of a container's processes, and what the user should know of it. */
export type ApparmorPlan = { readonly profile?: string; readonly warnings: readonly string[] };

/** Whether this kernel enforces AppArmor profiles. */
export function hasApparmor(): boolean {
  return readOrEmpty(ENABLED, "EACCES").trim() === "Y";
}

/** The profile that a process runs under, as the kernel says; empty for none. */
export function apparmorOf(pid: number): string {
  if (!hasApparmor()) return "";
  const current = readOrEmpty(`/proc/${pid}/attr/current`, "EACCES").trim();
  return current === "unconfined" ? "" : current.replace(/ \(\w+\)$/, "");
}

/**
 * The profile a container runs under: the one asked for, else the default one, which is loaded into the kernel where it is missing. A
 * privileged one has none. Where the kernel has AppArmor but no parser is installed, the container runs without, and the user is told.
 * Throws `unsupported` for a profile on a kernel without AppArmor, `not_found` for one that is not loaded.
 */
export async function planApparmor({ privileged, apparmor: wanted }: SecuritySpec): Promise<ApparmorPlan> {
  if (wanted === "unconfined") return { warnings: [] };
  if (!hasApparmor()) {
    if (wanted === undefined) return { warnings: [] };
    throw noApparmor(wanted);
  }
  if (wanted !== undefined && wanted !== DEFAULT_NAME) {
    if (!isLoaded(wanted)) throw notLoaded(wanted);
    return { profile: wanted, warnings: [] };
  }
  if (privileged && wanted === undefined) return { warnings: [] };
  return await defaultPlan();
}

async function defaultPlan(): Promise<ApparmorPlan> {
  const parts = {
    tunables: existsSync(`${INCLUDES}/tunables/global`),
    base: existsSync(`${INCLUDES}/abstractions/base`),
  };
  // Another version of Estiba has other rules and so another name: what runs under the old ones keeps them.
  const digest = new Bun.CryptoHasher("sha256").update(defaultProfile(DEFAULT_NAME, parts)).digest("hex").slice(0, 8);
  const name = `${DEFAULT_NAME}-${digest}`;
  if (isLoaded(name)) return { profile: name, warnings: [] };
  const parser = Bun.which("apparmor_parser", { PATH: TOOLS });
  if (parser === null) {
    return {
      warnings: [
        "AppArmor is on, but apparmor_parser is not installed: the container runs without a profile (apt-get install apparmor)",
      ],
    };
  }
  await load(parser, name, defaultProfile(name, parts));
  return { profile: name, warnings: [] };
}

// Replacing a profile that somebody else has just loaded under this name changes nothing: the text is the same.
async function load(parser: string, name: string, text: string): Promise<void> {
  const child = Bun.spawn([parser, "--replace", "--skip-cache"], {
    stdin: Buffer.from(text),
    stdout: "ignore",
    stderr: "pipe",
    env: { PATH: TOOLS },
  });
  const [code, stderr] = await Promise.all([child.exited, new Response(child.stderr).text()]);
  if (code === 0) return;
  throw new EstibaError("unsupported", {
    reason: "apparmor.cannot_load",
    what: `the default AppArmor profile "${name}" cannot be loaded`,
    cause: new Error(`apparmor_parser: ${stderr.trim()}`),
    fix: "run the container without one: --security-opt apparmor=unconfined",
  });
}

function isLoaded(name: string): boolean {
  return readOrEmpty(LOADED, "EACCES")
    .split("\n")
    .some((line) => line.startsWith(`${name} (`));
}

function noApparmor(name: string): EstibaError {
  return new EstibaError("unsupported", {
    reason: "apparmor.missing",
    what: `the AppArmor profile "${name}" was asked for, but this kernel does not have AppArmor`,
    fix: "leave the option out, or boot with apparmor=1 security=apparmor",
  });
}

function notLoaded(name: string): EstibaError {
  return new EstibaError("not_found", {
    reason: "apparmor.unknown_profile",
    what: `the AppArmor profile "${name}" is not loaded`,
    fix: `load it: apparmor_parser --replace FILE (loaded ones: ${LOADED})`,
  });
}
