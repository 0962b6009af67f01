import { statSync } from "node:fs";
import { basename } from "node:path";
import { type CgroupSetup, readCgroupSetup } from "../host/cgroup-mode.ts";
import { EstibaError } from "../lib/error.ts";
import { nearest } from "../lib/nearest.ts";

/** An OCI runtime found on this host. */
export type RuntimeProgram = {
  /** The name it was asked for by, or the file's name. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** What it can be relied on for: crun takes ready seccomp filters. */
  readonly kind: RuntimeKind;
};

export type RuntimeKind = "crun" | "runc" | "other";

/** What containers.conf says of runtimes (`engine.runtime`, `engine.runtimes`). */
export type RuntimeConfig = {
  readonly runtime?: string | undefined;
  /** By name: paths, the first that exists counts. */
  readonly runtimes?: Readonly<Record<string, readonly string[]>> | undefined;
};

type ChooseOptions = {
  /** `--runtime`: a name or an absolute path. */
  wanted?: string | undefined;
  config?: RuntimeConfig | undefined;
};

/** What stands against a runtime on this host. */
export type RuntimeObstacle = { readonly why: string; readonly fix: string };

// The fastest first: bare runs of one bundle take 12, 34 and some 20 ms, but youki is young.
const KNOWN = ["crun", "runc", "youki"] as const;
const FOLDERS = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
// cgroup v2's names of controllers that v1 calls otherwise.
const V1_NAMES: Partial<Record<string, string>> = { io: "blkio" };

/**
 * The runtime to use: the one wanted, else the configured one, else the fastest that works here. Starts no process: a few stat(2), two
 * statfs(2) and one read(2).
 *
 * Throws `unsupported`, with the command that mends it, when the wanted one is missing or cannot work on this host, or when there is none.
 */
export function chooseRuntime({ wanted, config = {} }: ChooseOptions = {}): RuntimeProgram {
  const named = wanted ?? config.runtime;
  if (named !== undefined) return requireRuntime(named, config);
  const obstacles: string[] = [];
  let cgroups: CgroupSetup | undefined;
  for (const name of KNOWN) {
    const program = findRuntime(name, config);
    if (program === undefined) continue;
    cgroups ??= readCgroupSetup();
    const obstacle = obstacleTo(program, cgroups);
    if (obstacle === undefined) return program;
    obstacles.push(`${name}: ${obstacle.why}`);
  }
  throw new EstibaError("unsupported", {
    reason: "runtime.none",
    what:
      obstacles.length === 0
        ? "no OCI runtime is installed"
        : `no OCI runtime works on this host (${obstacles.join("; ")})`,
    fix: obstacles.length === 0 ? "apt-get install -y crun" : "apt-get install -y runc",
  });
}

/** The runtime of that name or absolute path; undefined when there is no such program. */
export function findRuntime(name: string, config: RuntimeConfig = {}): RuntimeProgram | undefined {
  const path = candidates(name, config).find(isProgram);
  if (path === undefined) return undefined;
  return { name: name.startsWith("/") ? basename(name) : name, path, kind: runtimeKind(path) };
}

/** Every runtime that is installed, known and configured ones, in the order of preference. */
export function listRuntimes(config: RuntimeConfig = {}): RuntimeProgram[] {
  const names = new Set([...KNOWN, ...Object.keys(config.runtimes ?? {})]);
  return [...names].map((name) => findRuntime(name, config)).filter((program) => program !== undefined);
}

/** Why a runtime cannot work on this host, and what mends it; undefined when nothing is known against it. */
export function obstacleTo(program: RuntimeProgram, cgroups: CgroupSetup): RuntimeObstacle | undefined {
  if (cgroups.mode === "none") {
    return { why: "no cgroups are mounted at /sys/fs/cgroup", fix: "mount -t cgroup2 cgroup2 /sys/fs/cgroup" };
  }
  const held = cgroups.unifiedControllers;
  if (program.kind !== "crun" || cgroups.mode !== "hybrid" || held.length === 0) return undefined;
  return {
    why: `crun refuses hybrid cgroups while the v2 hierarchy holds a controller (${held.join(", ")})`,
    fix: held
      .map((name) => V1_NAMES[name] ?? name)
      .map(mountCommand)
      .join(" && "),
  };
}

// Mounting a controller as v1 takes it out of the v2 hierarchy.
function mountCommand(controller: string): string {
  const folder = `/sys/fs/cgroup/${controller}`;
  return `mkdir -p ${folder} && mount -t cgroup -o ${controller} ${controller} ${folder}`;
}

function requireRuntime(named: string, config: RuntimeConfig): RuntimeProgram {
  const program = findRuntime(named, config);
  if (program === undefined) throw missing(named, config);
  const obstacle = obstacleTo(program, readCgroupSetup());
  if (obstacle === undefined) return program;
  throw new EstibaError("unsupported", {
    reason: "runtime.unusable",
    what: `the OCI runtime "${named}" does not work on this host: ${obstacle.why}`,
    fix: obstacle.fix,
  });
}

function missing(named: string, config: RuntimeConfig): EstibaError {
  const known = [...KNOWN, ...Object.keys(config.runtimes ?? {})];
  const close = known.includes(named) ? undefined : nearest(named, known);
  const isPackage = KNOWN.some((name) => name === named);
  return new EstibaError("unsupported", {
    reason: "runtime.missing",
    what: named.startsWith("/")
      ? `the OCI runtime "${named}" is not an executable file`
      : `the OCI runtime "${named}" is not installed`,
    fix: isPackage
      ? `apt-get install -y ${named}`
      : close === undefined
        ? "name an installed runtime (see: estiba doctor) or its absolute path"
        : `did you mean ${close}?`,
  });
}

function candidates(name: string, config: RuntimeConfig): readonly string[] {
  if (name.startsWith("/")) return [name];
  // A relative path would depend on the caller's folder, which the exit hook does not share.
  if (name.includes("/")) return [];
  return [...(config.runtimes?.[name] ?? []), ...FOLDERS.map((folder) => `${folder}/${name}`)];
}

// stat and not access: a missing file then costs no exception.
function isProgram(path: string): boolean {
  const status = statSync(path, { throwIfNoEntry: false });
  return status?.isFile() === true && (status.mode & 0o111) !== 0;
}

/** What the program at a path can be relied on for. */
export function runtimeKind(path: string): RuntimeKind {
  const file = basename(path);
  return file === "crun" || file === "runc" ? file : "other";
}
