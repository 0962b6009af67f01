import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readCgroupSetup } from "../host/cgroup-mode.ts";
import { readProcStatus } from "../host/proc-status.ts";
import { isEstibaError } from "../lib/error.ts";
import { hasCode } from "../lib/has-code.ts";
import { capabilitiesOfMask, resolveCapabilities } from "../oci/capability.ts";
import type { RuntimeSpec, SpecRlimit } from "../oci/runtime-spec.ts";
import { apparmorOf } from "../runtime/apparmor.ts";
import { listRuntimes } from "../runtime/choose-runtime.ts";
import { readHostLimits } from "../runtime/host-limits.ts";
import { containerEnvironment } from "../runtime/spec.ts";
import { planRlimits } from "../runtime/spec-resources.ts";
import type { ContainerRecord } from "../state/container.ts";
import { findContainer, getState } from "../state/containers.ts";
import { imageById } from "../state/images.ts";
import { layerPaths } from "../state/layers.ts";
import type { PortMapping } from "../state/spec/network.ts";
import { snapshotPaths } from "../storage/snapshot.ts";
import { volumeFolder } from "../storage/volume.ts";
import { type ContainerSize, containerSize } from "./container-size.ts";
import type { Engine } from "./engine.ts";
import { runningSessions } from "./exec-session.ts";
import { type ContainerSummary, summarize } from "./list.ts";
import { logPath } from "./log/destination.ts";
import { dependenciesOf } from "./namespaces.ts";
import { podShares } from "./pod/list.ts";
import { cgroupPath } from "./runtime-places.ts";

/** A container's summary with the facts that only the engine knows: what the inspect views are made from. */
export type ContainerFacts = {
  readonly listed: ContainerSummary;
  readonly imageDigest: string;
  readonly bundle: string;
  readonly staticFolder: string;
  readonly logPath: string;
  readonly snapshot: { readonly lower: string; readonly merged: string; readonly upper: string; readonly work: string };
  readonly volumePath: (name: string) => string;
  readonly runtime: string;
  readonly cgroupPath: string;
  /** The ports of its pod's network, where it shares that. */
  readonly podPorts: readonly PortMapping[];
  /** The containers whose namespaces it joins, and those it requires. */
  readonly dependencies: readonly string[];
  readonly environment: readonly string[];
  /** Commands of `exec` that have a conmon of their own. */
  readonly execIds: readonly string[];
  readonly capabilities: { readonly effective: readonly string[]; readonly bounding: readonly string[] };
  readonly apparmorProfile: string;
  /** The limits of its processes, as this host lets it have them. */
  readonly rlimits: readonly SpecRlimit[];
  /** Whether this host gives it a cgroup namespace of its own, unless it asks for something else. */
  readonly cgroupNamespace: boolean;
  /** Bytes of the container's own layer, and of its whole root; only where they were asked for. */
  readonly size: ContainerSize | undefined;
};

/** Everything about one container at this moment; `withSize` counts the bytes of its files. Takes no lock. Throws `not_found`. */
export function inspectContainerFacts(engine: Engine, nameOrId: string, withSize = false): ContainerFacts {
  const record = findContainer(engine.store, nameOrId);
  const listed = summarize(engine, record, getState(engine.live, record.id));
  const snapshot = snapshotPaths(engine.paths.root, record.id);
  const image = imageById(engine.store, record.imageId);
  const cgroups = readCgroupSetup();
  const own = readProcStatus();
  const pid = listed.status === "running" ? listed.state?.init?.pid : undefined;
  return {
    listed,
    imageDigest: image?.manifestDigest ?? "",
    bundle: join(engine.paths.bundles, record.id),
    staticFolder: join(engine.paths.containers, record.id),
    logPath: logPath(engine, record),
    snapshot: { ...snapshot, lower: layerPaths(engine.store, record.chainId).join(":") },
    volumePath: (name) => volumeFolder(engine.paths.root, name),
    runtime: listed.state?.runtime ?? runtimeOf(engine, record),
    cgroupPath: cgroupPath(engine, record),
    podPorts: podShares(engine, [listed]).get(record.id)?.ports ?? [],
    dependencies: dependenciesOf(record),
    environment: environmentOf(record, pid === undefined ? undefined : join(engine.paths.bundles, record.id)),
    execIds: runningSessions(engine, record.id),
    capabilities: capabilitiesNow(pid) ?? capabilitiesOf(record, own.capBounding),
    apparmorProfile: pid === undefined ? (record.spec.security.apparmor ?? "") : apparmorOf(pid),
    rlimits: rlimitsOf(record, { cgroups, effective: own.capEffective, runtime: "other" }),
    cgroupNamespace: cgroups.mode === "v2",
    size: withSize ? containerSize(engine, record) : undefined,
  };
}

// Of a running one what it was started with; else the home is known only of root, as the others' stand in the image's files.
function environmentOf(record: ContainerRecord, bundle: string | undefined): readonly string[] {
  const started = bundle === undefined ? undefined : startedEnvironment(bundle);
  if (started !== undefined) return withoutSecrets(record, started);
  const environment = containerEnvironment(record, "/root");
  return isRoot(record) ? environment : environment.filter((entry) => entry !== "HOME=/root");
}

function withoutSecrets(
  { spec: { secrets = [] } }: ContainerRecord,
  environment: readonly string[],
): readonly string[] {
  const secret = new Set(secrets.flatMap((use) => (use.type === "env" ? use.variable : [])));
  return environment.filter((entry) => !secret.has(entry.split("=", 1)[0] ?? ""));
}

function startedEnvironment(bundle: string): readonly string[] | undefined {
  try {
    return (JSON.parse(readFileSync(join(bundle, "config.json"), "utf8")) as RuntimeSpec).process.env;
  } catch (error) {
    // It has ended since it was looked at.
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function isRoot({ process }: ContainerRecord): boolean {
  return /^(?:|0|root)(?::|$)/.test(process.user);
}

// Which one it would be started with; a host without any can still look at its containers.
function runtimeOf(engine: Engine, record: ContainerRecord): string {
  return record.spec.runtime ?? engine.runtime ?? listRuntimes()[0]?.path ?? "";
}

// Without the other limits: the devices that they name may be gone by now.
function rlimitsOf({ spec }: ContainerRecord, host: Parameters<typeof readHostLimits>[1]): SpecRlimit[] {
  return planRlimits(spec.ulimits, readHostLimits({ resources: {}, ulimits: spec.ulimits }, host));
}

type Capabilities = ContainerFacts["capabilities"];

function capabilitiesNow(pid: number | undefined): Capabilities | undefined {
  if (pid === undefined) return undefined;
  try {
    const { capEffective, capBounding } = readProcStatus(pid);
    return { effective: capabilitiesOfMask(capEffective), bounding: capabilitiesOfMask(capBounding) };
  } catch (error) {
    // It has ended since it was looked at.
    if (hasCode(error, "ENOENT", "ESRCH")) return undefined;
    throw error;
  }
}

// What it would start with.
function capabilitiesOf(record: ContainerRecord, available: bigint): Capabilities {
  const { capAdd: add, capDrop: drop, privileged } = record.spec.security;
  const root = isRoot(record);
  try {
    return resolveCapabilities({ add, drop, privileged, bounding: available, root });
  } catch (error) {
    // Another caller made it, who had more; this one could not start it.
    if (isEstibaError(error, "denied")) return { effective: [], bounding: [] };
    throw error;
  }
}
