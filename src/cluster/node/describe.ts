import { hostname } from "node:os";
import { readHostFacts } from "../../host/facts.ts";
import { FORMAT } from "../model/format.ts";
import type { NodeDescription } from "../model/node.ts";

/** What this machine says of itself. */
export function describeNode(address: string, version: string): NodeDescription {
  const { cpus, memoryTotalBytes, architecture } = readHostFacts();
  return {
    hostname: hostname(),
    address,
    os: "linux",
    architecture,
    nanoCpus: cpus * 1e9,
    memoryBytes: memoryTotalBytes,
    engineVersion: version,
    format: FORMAT,
  };
}
