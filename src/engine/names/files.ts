import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { present } from "../../lib/present.ts";
import type { NamedContainer } from "../../network/dns/zone.ts";
import { hostSearch } from "../../network/files.ts";
import type { ContainerRecord, EndpointState } from "../../state/container.ts";
import { findNetwork } from "../../state/networks.ts";
import type { Engine } from "../engine.ts";
import { attachmentsOf } from "../network/attachments.ts";
import { addressList } from "../own-network.ts";
import { namesOf, shortId } from "./own-names.ts";
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
 * all; the resolver sees it within milliseconds, and no question is answered from older ones. Where it takes another container's place,
 * that one's name leads to it from the same moment. Gives whether there was anything to tell.
 */
export function writeNames(
  engine: Engine,
  record: ContainerRecord,
  endpoints: readonly EndpointState[],
  replaced?: ContainerRecord,
): boolean {
  const named = namedEndpoints(engine, endpoints);
  if (named.length === 0) {
    forgetNames(engine, record.id);
    return false;
  }
  const attachments = attachmentsOf(record);
  const ofNetworks = named.flatMap(({ network }) => findNetwork(engine.store, network)?.nameservers ?? []);
  const servers = record.spec.dns.length > 0 ? record.spec.dns : [...new Set(ofNetworks)];
  const standby = record.spec.standbyNames === true;
  const container: NamedContainer = {
    names: namesOf(record, replaced),
    endpoints: named.map(({ network, ip, ip6, gateway, gateway6 }) => {
      const found = findNetwork(engine.store, network);
      const { aliases = [], links } = attachments.find((attachment) => attachment.network === network) ?? {};
      const [first = "", second] = addressList(gateway, gateway6);
      return {
        network,
        ip,
        gateway: first,
        ...present({ ip6, gateway6: second }),
        subnets: found?.subnets.map(({ cidr }) => cidr) ?? [],
        aliases: standby ? [] : aliases,
        ...present({ links }),
        internal: found?.internal === true,
      };
    }),
    search: record.spec.dnsSearch.length > 0 ? record.spec.dnsSearch : hostSearch(),
    ...(servers.length === 0 ? {} : { servers }),
    ...(replaced === undefined ? {} : { insteadOf: shortId(replaced) }),
  };
  mkdirSync(namesFolder(engine), { recursive: true, mode: 0o700 });
  const draft = join(engine.paths.names, `${record.id}.${process.pid}`);
  writeFileSync(draft, JSON.stringify(container), { mode: 0o600 });
  renameSync(draft, namesFile(engine, record.id));
  return true;
}

/** Makes the resolver forget a container; idempotent. */
export function forgetNames(engine: Engine, id: string): void {
  rmSync(namesFile(engine, id), { force: true });
}

function namedEndpoints(engine: Engine, endpoints: readonly EndpointState[]): EndpointState[] {
  return endpoints.filter(({ network }) => findNetwork(engine.store, network)?.dns === true);
}
