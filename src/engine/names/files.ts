import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { NamedContainer } from "../../network/dns/zone.ts";
import { hostSearch } from "../../network/files.ts";
import type { ContainerRecord, EndpointState } from "../../state/container.ts";
import { findNetwork } from "../../state/networks.ts";
import type { Engine } from "../engine.ts";
import { attachmentsOf } from "../network/attachments.ts";
import { addressList } from "../own-network.ts";
import { namesFile, namesFolder } from "./paths.ts";

const MOST_NAMESERVERS = 3;

/** The addresses at which a container's names are answered: the gateways of those of its networks that have names. */
export function nameGateways(engine: Engine, endpoints: readonly EndpointState[]): string[] {
  return namedEndpoints(engine, endpoints)
    .flatMap(({ gateway, gateway6 }) => addressList(gateway, gateway6).slice(0, 1))
    .slice(0, MOST_NAMESERVERS);
}

/**
 * Tells the resolver of a container, or, where none of its networks has names, that there is nothing to tell. Written as a whole or not at
 * all; the resolver sees it within milliseconds, and no question is answered from older ones.
 */
export function writeNames(engine: Engine, record: ContainerRecord, endpoints: readonly EndpointState[]): void {
  const named = namedEndpoints(engine, endpoints);
  if (named.length === 0) {
    forgetNames(engine, record.id);
    return;
  }
  const attachments = attachmentsOf(record);
  const ofNetworks = named.flatMap(({ network }) => findNetwork(engine.store, network)?.nameservers ?? []);
  const servers = record.spec.dns.length > 0 ? record.spec.dns : [...new Set(ofNetworks)];
  const container: NamedContainer = {
    names: [record.name, record.id.slice(0, 12), record.hostname],
    endpoints: named.map(({ network, ip, ip6, gateway, gateway6 = "" }) => ({
      network,
      ip,
      ...(ip6 === undefined ? {} : { ip6 }),
      gateway: gateway === "" ? gateway6 : gateway,
      aliases: attachments.find((attachment) => attachment.network === network)?.aliases ?? [],
      internal: findNetwork(engine.store, network)?.internal === true,
    })),
    search: record.spec.dnsSearch.length > 0 ? record.spec.dnsSearch : hostSearch(),
    ...(servers.length === 0 ? {} : { servers }),
  };
  mkdirSync(namesFolder(engine), { recursive: true, mode: 0o700 });
  const draft = join(engine.paths.names, `${record.id}.${process.pid}`);
  writeFileSync(draft, JSON.stringify(container), { mode: 0o600 });
  renameSync(draft, namesFile(engine, record.id));
}

/** Makes the resolver forget a container; idempotent. */
export function forgetNames(engine: Engine, id: string): void {
  rmSync(namesFile(engine, id), { force: true });
}

function namedEndpoints(engine: Engine, endpoints: readonly EndpointState[]): EndpointState[] {
  return endpoints.filter(({ network }) => findNetwork(engine.store, network)?.dns === true);
}
