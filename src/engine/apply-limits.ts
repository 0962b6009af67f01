import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readCgroupSetup } from "../host/cgroup-mode.ts";
import { readProcStatus } from "../host/proc-status.ts";
import type { SpecCpu, SpecMemory, SpecResources } from "../oci/runtime-spec.ts";
import { cgroupWrites } from "../runtime/cgroup-writes.ts";
import { runtimeKind } from "../runtime/choose-runtime.ts";
import { type HostLimits, readHostLimits } from "../runtime/host-limits.ts";
import { runtimeUpdate } from "../runtime/oci-runtime.ts";
import { planResources, printSpec } from "../runtime/spec-resources.ts";
import type { ContainerRecord, ContainerState } from "../state/container.ts";
import type { Resources } from "../state/spec/resources.ts";
import type { Engine } from "./engine.ts";
import { cgroupPath, runtimeStateFolder } from "./runtime-places.ts";

const MOUNT = "/sys/fs/cgroup";
const DEFAULT_SHARES = 1024;

type Circumstances = {
  readonly state: ContainerState;
  /** The limits that were in force; undefined: unknown, so that each which is not wanted is taken away. */
  readonly before: Resources | undefined;
};

/**
 * Makes the cgroup of a running container have exactly the limits of its definition. Gives a line for the user on each that this host does
 * not give as wanted. Throws the runtime's words, typed, and the kernel's by errno.
 */
export async function applyLimits(
  engine: Engine,
  record: ContainerRecord,
  { state, before }: Circumstances,
): Promise<string[]> {
  const { resources: wanted } = record.spec;
  const cgroups = readCgroupSetup();
  const host = readHostLimits(
    { resources: wanted, ulimits: {} },
    { cgroups, effective: readProcStatus().capEffective, runtime: runtimeKind(state.runtime ?? "") },
  );
  const { resources, warnings } = planResources(wanted, [], host);
  const update = forRuntime(resources, before, host);
  if (Object.keys(update).length > 0) await callUpdate(engine, record, state, update);
  // What runtimes of today cannot write, or leave alone.
  for (const { controller, file, text } of cgroupWrites(resources, host)) {
    const path = cgroupPath(engine, record);
    writeFileSync(host.unified ? join(MOUNT, path, file) : join(MOUNT, controller, path, file), text);
  }
  return [...warnings];
}

async function callUpdate(
  engine: Engine,
  { id }: ContainerRecord,
  { runtime }: ContainerState,
  resources: SpecResources,
): Promise<void> {
  if (runtime === undefined) return;
  const file = join(engine.paths.bundles, id, "update.json");
  writeFileSync(file, printSpec(resources), { mode: 0o600 });
  await runtimeUpdate({ path: runtime, stateFolder: runtimeStateFolder(engine) }, id, file);
}

/** What is planned, and "no limit" for what was limited and is not any more: a runtime leaves alone what is not named. */
function forRuntime(planned: SpecResources, before: Resources | undefined, host: HostLimits): SpecResources {
  const { devices: _, pids: _own, blockIO = {}, ...rest } = planned;
  const { weight, weightDevice } = blockIO;
  const weights = {
    ...(weight === undefined ? {} : { weight }),
    ...(weightDevice === undefined ? {} : { weightDevice }),
  };
  const [memory, cpu] = [liftMemory(planned.memory ?? {}, before, host), liftCpu(planned.cpu ?? {}, before, host)];
  return {
    ...rest,
    ...(Object.keys(weights).length === 0 ? {} : { blockIO: weights }),
    ...(Object.keys(memory).length === 0 ? {} : { memory }),
    ...(Object.keys(cpu).length === 0 ? {} : { cpu }),
  };
}

function had(before: Resources | undefined, ...fields: readonly (keyof Resources)[]): boolean {
  return before === undefined || fields.some((field) => before[field] !== undefined);
}

function liftMemory(planned: SpecMemory, before: Resources | undefined, host: HostLimits): SpecMemory {
  const memory = { ...planned };
  if (!host.controllers.includes("memory")) return memory;
  if (memory.limit === undefined && had(before, "memoryBytes")) memory.limit = -1;
  if (memory.swap === undefined && host.swapAccounting && had(before, "memoryBytes", "memorySwapBytes"))
    memory.swap = -1;
  if (memory.reservation === undefined && had(before, "memoryReservationBytes")) memory.reservation = -1;
  return memory;
}

function liftCpu({ quota, ...planned }: SpecCpu, before: Resources | undefined, host: HostLimits): SpecCpu {
  const cpu: SpecCpu = { ...planned };
  if (!host.controllers.includes("cpu")) return cpu;
  if (quota !== undefined && quota > 0) cpu.quota = quota;
  if (cpu.shares === undefined && had(before, "cpuShares")) cpu.shares = DEFAULT_SHARES;
  return cpu;
}
