import { existsSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { loadRegistriesConfig } from "../config/registries.ts";
import { type CgroupSetup, readCgroupSetup, readV1Controllers } from "../host/cgroup-mode.ts";
import { type HostFacts, readHostFacts } from "../host/facts.ts";
import { hostUid } from "../host/own-ids.ts";
import { readProcStatus } from "../host/proc-status.ts";
import { isEstibaError } from "../lib/error.ts";
import { DEFAULT_CAPABILITIES } from "../oci/capability.ts";
import { CDI_FOLDERS, readCdiFiles } from "../runtime/cdi-files.ts";
import { findConmon } from "../runtime/conmon.ts";
import { readHostLimits } from "../runtime/host-limits.ts";
import type { Engine } from "./engine.ts";
import { summarizeContainers } from "./list.ts";
import { listImages } from "./list-images.ts";
import { conmonPlaces, engineRuntime } from "./programs.ts";

/** A program that the engine uses; `version` is the first line of its `--version`. */
export type UsedProgram = { readonly name: string; readonly path: string; readonly version: string };

/** Everything that `info` tells. */
export type SystemFacts = {
  readonly host: HostFacts;
  readonly cgroups: CgroupSetup;
  readonly controllers: readonly string[];
  /** Undefined where none is installed or usable: `doctor` says why. */
  readonly runtime: UsedProgram | undefined;
  readonly conmon: UsedProgram | undefined;
  readonly rootless: boolean;
  readonly seccomp: boolean;
  /** Where CDI files are looked for, and the devices that they describe. */
  readonly cdi: { readonly folders: readonly string[]; readonly devices: readonly string[] };
  /** The most that a container can have of open files and processes, where the engine may not raise it. */
  readonly hardLimits: Readonly<Record<string, number>> | undefined;
  readonly capabilities: readonly string[];
  readonly searchRegistries: readonly string[];
  readonly root: string;
  readonly runRoot: string;
  readonly volumes: string;
  readonly temporary: string;
  /** Of the file system that holds the root; bytes. */
  readonly rootTotalBytes: number;
  readonly rootUsedBytes: number;
  readonly backingFileSystem: string;
  readonly containers: Readonly<Record<"running" | "paused" | "stopped" | "total", number>>;
  readonly images: number;
};

/** Collects what `info` tells. Takes no lock; starts the runtime and conmon once each to ask for their versions. */
export async function systemFacts(engine: Engine): Promise<SystemFacts> {
  const { root, runRoot, volumes, temporary } = engine.paths;
  const [runtime, conmon] = await Promise.all([usedRuntime(engine), usedConmon(engine)]);
  const cgroups = readCgroupSetup();
  const statuses = summarizeContainers(engine).map(({ status }) => status);
  const running = statuses.filter((status) => status === "running" || status === "stopping").length;
  const paused = statuses.filter((status) => status === "paused").length;
  const space = statfsSync(nearestExisting(root));
  return {
    host: readHostFacts(),
    cgroups,
    controllers: [...new Set([...cgroups.unifiedControllers, ...readV1Controllers()])],
    runtime,
    conmon,
    rootless: hostUid() !== 0,
    seccomp: existsSync("/proc/sys/kernel/seccomp/actions_avail"),
    cdi: cdiFacts(),
    hardLimits: readHostLimits(
      { resources: {}, ulimits: {} },
      { cgroups, effective: readProcStatus().capEffective, runtime: "other" },
    ).hardLimits,
    capabilities: DEFAULT_CAPABILITIES,
    searchRegistries: loadRegistriesConfig(process.env).searchRegistries,
    root,
    runRoot,
    volumes,
    temporary,
    rootTotalBytes: space.blocks * space.bsize,
    rootUsedBytes: (space.blocks - space.bfree) * space.bsize,
    backingFileSystem: FILE_SYSTEMS[space.type] ?? `0x${space.type.toString(16)}`,
    containers: { running, paused, stopped: statuses.length - running - paused, total: statuses.length },
    images: listImages(engine, { all: true }).length,
  };
}

// linux/magic.h, named as Docker and Podman name them.
const FILE_SYSTEMS: Readonly<Record<number, string>> = {
  0xef53: "extfs",
  0x58465342: "xfs",
  0x9123683e: "btrfs",
  0x01021994: "tmpfs",
  0x2fc12fc1: "zfs",
  0x794c7630: "overlayfs",
};

function cdiFacts(): SystemFacts["cdi"] {
  const { files } = readCdiFiles();
  return {
    folders: [...CDI_FOLDERS],
    devices: files.flatMap(({ kind, devices }) => [...devices.keys()].map((name) => `${kind}=${name}`)),
  };
}

async function usedRuntime(engine: Engine): Promise<UsedProgram | undefined> {
  try {
    const { name, path } = engineRuntime(engine);
    return { name, path, version: await versionOf(path) };
  } catch (error) {
    if (isEstibaError(error, "unsupported")) return undefined;
    throw error;
  }
}

async function usedConmon(engine: Engine): Promise<UsedProgram | undefined> {
  try {
    const path = findConmon(conmonPlaces(engine));
    return { name: "conmon", path, version: await versionOf(path) };
  } catch (error) {
    if (isEstibaError(error, "unavailable")) return undefined;
    throw error;
  }
}

async function versionOf(path: string): Promise<string> {
  const child = Bun.spawn([path, "--version"], { stdio: ["ignore", "pipe", "ignore"] });
  const text = await new Response(child.stdout).text();
  return text.split("\n")[0] ?? "";
}

function nearestExisting(path: string): string {
  return path === "/" || existsSync(path) ? path : nearestExisting(dirname(path));
}
