import { join } from "node:path";
import { readProcStatus } from "../host/proc-status.ts";
import { hasCode } from "../lib/has-code.ts";
import { capabilitiesOfMask } from "../oci/capability.ts";
import { listRuntimes } from "../runtime/choose-runtime.ts";
import { containerEnvironment } from "../runtime/spec.ts";
import type { ContainerRecord } from "../state/container.ts";
import { findContainer, getState } from "../state/containers.ts";
import { imageById } from "../state/images.ts";
import { layerPaths } from "../state/layers.ts";
import { snapshotPaths } from "../storage/snapshot.ts";
import { volumeFolder } from "../storage/volume.ts";
import { cgroupPath } from "./bundle.ts";
import type { Engine } from "./engine.ts";
import { type ContainerSummary, summarize } from "./list.ts";
import { logPath } from "./log/destination.ts";
import { dependenciesOf } from "./namespaces.ts";

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
  /** The containers whose namespaces it joins. */
  readonly dependencies: readonly string[];
  readonly environment: readonly string[];
  readonly capabilities: { readonly effective: readonly string[]; readonly bounding: readonly string[] } | undefined;
};

/** Everything about one container at this moment. Takes no lock. Throws `not_found`. */
export function inspectContainerFacts(engine: Engine, nameOrId: string): ContainerFacts {
  const record = findContainer(engine.store, nameOrId);
  const listed = summarize(engine, record, getState(engine.live, record.id));
  const snapshot = snapshotPaths(engine.paths.root, record.id);
  return {
    listed,
    imageDigest: imageById(engine.store, record.imageId)?.manifestDigest ?? "",
    bundle: join(engine.paths.bundles, record.id),
    staticFolder: join(engine.paths.containers, record.id),
    logPath: logPath(engine, record),
    snapshot: { ...snapshot, lower: layerPaths(engine.store, record.chainId).join(":") },
    volumePath: (name) => volumeFolder(engine.paths.root, name),
    runtime: listed.state?.runtime ?? runtimeOf(engine, record),
    cgroupPath: cgroupPath(engine, record),
    dependencies: dependenciesOf(record),
    environment: containerEnvironment(record, "/root"),
    capabilities: capabilitiesNow(listed),
  };
}

// Which one it would be started with; a host without any can still look at its containers.
function runtimeOf(engine: Engine, record: ContainerRecord): string {
  return record.spec.runtime ?? engine.runtime ?? listRuntimes()[0]?.path ?? "";
}

function capabilitiesNow({ status, state }: ContainerSummary): ContainerFacts["capabilities"] {
  if (status !== "running" || state?.init === undefined) return undefined;
  try {
    const { capEffective, capBounding } = readProcStatus(state.init.pid);
    return { effective: capabilitiesOfMask(capEffective), bounding: capabilitiesOfMask(capBounding) };
  } catch (error) {
    // It has ended since it was looked at.
    if (hasCode(error, "ENOENT", "ESRCH")) return undefined;
    throw error;
  }
}
