import type { SpecBlockIo } from "../oci/runtime-spec.ts";
import type { BlockDeviceRate, Resources } from "../state/spec/resources.ts";
import type { HostLimits } from "./host-limits.ts";

const RATES = [
  ["readBps", "throttleReadBpsDevice", "BPS Block I/O read limit", "Block I/O BPS read limit"],
  ["writeBps", "throttleWriteBpsDevice", "BPS Block I/O write limit", "Block I/O BPS write limit"],
  ["readIops", "throttleReadIOPSDevice", "IOPS Block read limit", "Block I/O IOPS read limit"],
  ["writeIops", "throttleWriteIOPSDevice", "IOPS Block write limit", "Block I/O IOPS write limit"],
] as const;

/** Weights and rates of block I/O; what this kernel cannot keep is left out with a warning in the peers' words. Pure. */
export function planBlockIo(wanted: Resources, host: HostLimits, warnings: string[]): SpecBlockIo {
  const blockIo: SpecBlockIo = {};
  const mounted = host.controllers.includes("blkio");
  const weighs = mounted && host.blockWeights;
  const { blockWeight: weight, blockWeightDevices: devices } = wanted;
  if (weight !== undefined) {
    if (weighs) blockIo.weight = weight;
    else warnings.push(discarded("Block I/O weight", "Weight"));
  }
  if (devices !== undefined) {
    if (weighs) blockIo.weightDevice = devices.map((entry) => ({ ...numbers(entry.path, host), weight: entry.weight }));
    else warnings.push(discarded("Block I/O weight_device", "Weight-device"));
  }
  for (const [field, name, feature, limit] of RATES) {
    const rates = wanted[field];
    if (rates === undefined) continue;
    if (mounted)
      blockIo[name] = rates.map((entry: BlockDeviceRate) => ({ ...numbers(entry.path, host), rate: entry.rate }));
    else warnings.push(discarded(feature, limit));
  }
  return blockIo;
}

function numbers(path: string, { blockDevices }: HostLimits): { major: number; minor: number } {
  const { major, minor } = blockDevices[path] ?? { major: 0, minor: 0 };
  return { major, minor };
}

/** The line on a limit that is left out, in both peers' words. */
export function discarded(feature: string, limit: string): string {
  return `Your kernel does not support ${feature} or the cgroup is not mounted. ${limit} discarded.`;
}
