import { existsSync, realpathSync } from "node:fs";
import { type CgroupSetup, canMakeCgroups } from "../host/cgroup-mode.ts";
import { readDevice } from "../host/devices.ts";
import { folderNames } from "../host/folder-names.ts";
import { readHardLimits } from "../host/limits.ts";
import { IN_USER_NAMESPACE } from "../host/own-ids.ts";
import { readOrEmpty } from "../host/read-if-there.ts";
import { EstibaError } from "../lib/error.ts";
import type { Resources } from "../state/spec/resources.ts";
import type { RuntimeKind } from "./choose-runtime.ts";

const MOUNT = "/sys/fs/cgroup";
const CAP_SYS_RESOURCE = 24n;
const LOWEST_SCORE = -1000;

type DeviceNumbers = { readonly major: number; readonly minor: number };

/** What the host can give: limits beyond it are left out or clamped. */
export type HostLimits = {
  /** The engine's own hard limits by name; undefined where it may raise them. */
  readonly hardLimits: Readonly<Record<string, number>> | undefined;
  /** Whether the kernel accounts swap for cgroups. */
  readonly swapAccounting: boolean;
  /** cgroup v2 alone. */
  readonly unified: boolean;
  /** The controllers that runtimes can use, by v1's names: `blkio`, `cpu`, `cpuset`, `memory`, `pids`. */
  readonly controllers: readonly string[];
  /** Whether block I/O can be weighed; looked up only when it is asked for. */
  readonly blockWeights: boolean;
  /** Whether real-time scheduling can be limited; looked up only when it is asked for. */
  readonly realTime: boolean;
  /** The lowest score of the OOM killer that may be given. */
  readonly leastOomScore: number;
  /** The block devices that limits name. */
  readonly blockDevices: Readonly<Record<string, DeviceNumbers>>;
};

/** Whose limits they are: a runtime does not write every file that the kernel has. */
type Circumstances = {
  readonly cgroups: CgroupSetup;
  /** The engine's own effective capabilities, as a mask. */
  readonly effective: bigint;
  readonly runtime: RuntimeKind;
};

type Wanted = { readonly resources: Resources; readonly ulimits: Readonly<Record<string, unknown>> };

/**
 * What this host can give of what a container wants; only what is asked for is looked up. Throws `invalid` for a block device that is
 * not there and for CPUs or memory nodes that this host does not have.
 */
export function readHostLimits(
  { resources, ulimits }: Wanted,
  { cgroups, effective, runtime }: Circumstances,
): HostLimits {
  // Limits are the host's: the root of a user namespace may not raise them.
  const mayRaise = !IN_USER_NAMESPACE && ((effective >> CAP_SYS_RESOURCE) & 1n) === 1n;
  const unified = cgroups.mode === "v2";
  const { blockWeight, blockWeightDevices, cpuRtPeriodUs, cpuRtRuntimeUs, oomScoreAdjust } = resources;
  checkCpuSets(resources, unified);
  return {
    hardLimits: mayRaise ? undefined : readHardLimits(["nofile", "nproc", ...Object.keys(ulimits)]),
    swapAccounting: cgroups.swapAccounting,
    unified,
    controllers: canMakeCgroups(cgroups.mode) ? usableControllers(cgroups) : [],
    blockWeights: (blockWeight ?? blockWeightDevices) !== undefined && hasBlockWeights(unified, runtime),
    realTime: (cpuRtPeriodUs ?? cpuRtRuntimeUs) !== undefined && existsSync(`${MOUNT}/cpu/cpu.rt_runtime_us`),
    leastOomScore:
      mayRaise || oomScoreAdjust === undefined
        ? LOWEST_SCORE
        : Number(readOrEmpty("/proc/self/oom_score_adj", "EACCES")),
    blockDevices: blockDevices(resources),
  };
}

function usableControllers({ mode, unifiedControllers }: CgroupSetup): string[] {
  if (mode !== "v2") return v1Controllers();
  return unifiedControllers.map((name) => (name === "io" ? "blkio" : name));
}

// Where runtimes look for them: a controller that is mounted elsewhere is of no use. `cpu,cpuacct` has links of the single names beside it.
function v1Controllers(): string[] {
  return folderNames(MOUNT);
}

// The weights have no file in the root: v2's and BFQ's show themselves by what comes with them.
function hasBlockWeights(unified: boolean, runtime: RuntimeKind): boolean {
  // crun 1.8 knows only the older of v1's two names.
  const v1Names = runtime === "crun" ? ["weight"] : ["weight", "bfq.io_serviced"];
  if (!unified) return v1Names.some((name) => existsSync(`${MOUNT}/blkio/blkio.${name}`));
  if (existsSync(`${MOUNT}/io.cost.qos`)) return true;
  return folderNames(MOUNT).some((name) => existsSync(`${MOUNT}/${name}/io.bfq.weight`));
}

function blockDevices({ blockWeightDevices, readBps, writeBps, readIops, writeIops }: Resources) {
  const paths = [blockWeightDevices, readBps, writeBps, readIops, writeIops].flatMap(
    (list) => list?.map(({ path }) => path) ?? [],
  );
  return Object.fromEntries(paths.map((path): [string, DeviceNumbers] => [path, blockDevice(path)]));
}

function blockDevice(path: string): DeviceNumbers {
  const device = existsSync(path) ? readDevice(realpathSync(path)) : undefined;
  if (device?.type === "b") return { major: device.major, minor: device.minor };
  throw new EstibaError("invalid", {
    reason: "resources.no_block_device",
    what: `"${path}" is not a block device of this host`,
    fix: "see: lsblk -p",
  });
}

function checkCpuSets({ cpusetCpus, cpusetMems }: Resources, unified: boolean): void {
  for (const [option, list, file] of [
    ["--cpuset-cpus", cpusetCpus, "cpuset.cpus"],
    ["--cpuset-mems", cpusetMems, "cpuset.mems"],
  ] as const) {
    if (list === undefined) continue;
    const available = readOrEmpty(unified ? `${MOUNT}/${file}.effective` : `${MOUNT}/cpuset/${file}`, "EACCES").trim();
    // Without the controller there is nothing to hold it against.
    if (available === "" || isSubset(list, available)) continue;
    throw new EstibaError("invalid", {
      reason: "resources.not_available",
      what: `${option}: requested ${file.slice("cpuset.".length)} are not available on this host: requested "${list}", available "${available}"`,
      fix: "name some of those available",
    });
  }
}

function isSubset(list: string, available: string): boolean {
  const ranges = available.split(",").map(rangeOf);
  // A range may span several of the kernel's; a list this long is made by hand, so each number is looked at.
  return list.split(",").every((part) => {
    const [first, last] = rangeOf(part);
    if (last < first || last - first > MOST_CPUS) return false;
    for (let number = first; number <= last; number++) {
      if (!ranges.some(([from, to]) => number >= from && number <= to)) return false;
    }
    return true;
  });
}

/** Linux knows no more (CONFIG_NR_CPUS). */
const MOST_CPUS = 8192;

function rangeOf(text: string): [number, number] {
  const [first = "", last = first] = text.split("-");
  return [Number(first), Number(last)];
}
