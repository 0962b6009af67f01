import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readIfThere } from "../../host/read-if-there.ts";
import { boundFile } from "../../runtime/bound-file.ts";
import type { ContainerRecord, EndpointState } from "../../state/container.ts";
import type { Engine } from "../engine.ts";
import { nameGateways } from "../names/files.ts";
import { addressList, namedFiles } from "../own-network.ts";
import { endpointsOut } from "./plan.ts";

type Change = { readonly before: readonly EndpointState[]; readonly after: readonly EndpointState[] };

/**
 * Brings /etc/hosts and /etc/resolv.conf of a container that has processes up to date with its endpoints. They are bound into it, so they
 * are written in place. A file that somebody in the container has changed is left alone.
 */
export function rewriteFiles(engine: Engine, record: ContainerRecord, { before, after }: Change): void {
  const old = filesFor(engine, record, before);
  const next = filesFor(engine, record, after);
  const bundle = join(engine.paths.bundles, record.id);
  for (const target of ["/etc/hosts", "/etc/resolv.conf"]) {
    const path = boundFile(bundle, target);
    if (old[target] !== next[target] && readIfThere(path) === old[target]) writeFileSync(path, next[target] ?? "");
  }
}

function filesFor(
  engine: Engine,
  record: ContainerRecord,
  endpoints: readonly EndpointState[],
): Readonly<Record<string, string>> {
  const addresses = endpoints.flatMap(({ ip, ip6 }) => addressList(ip, ip6));
  const { hostward } = endpointsOut(engine, record, endpoints);
  return namedFiles(
    record,
    addresses,
    addressList(hostward?.gateway, hostward?.gateway6)[0],
    nameGateways(engine, endpoints),
  ).files;
}
