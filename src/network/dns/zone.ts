import type { NetworkLink } from "../../state/spec/network.ts";
import { formatIp, maskAddress, overlaps, parseCidr, parseIp } from "../address.ts";
import { HOST_NAMES } from "../host-names.ts";
import { DOMAIN } from "./domain.ts";
import { type Answer, nameBytes, type Query, RCODE, TTL_SECONDS, TYPE } from "./message.ts";
import { addressLabel, type NamedPort, portsAskedFor, serviceQuestion, srvData } from "./srv.ts";

/** What the resolver knows of one container: a file beside those of the others, written before the container begins. */
export type NamedContainer = {
  /** Its name, short id and host name: known on each of its networks. */
  readonly names: readonly string[];
  readonly endpoints: readonly NamedEndpoint[];
  /** The domains that its resolv.conf makes programs try. */
  readonly search: readonly string[];
  /** The short id of a container whose place it has taken: nobody else's name leads there any more. */
  readonly insteadOf?: string;
  /** Who is asked for foreign names; undefined for the host's servers. */
  readonly servers?: readonly string[];
};

export type NamedEndpoint = {
  readonly network: string;
  /** "" where the network has no IPv4. */
  readonly ip: string;
  readonly ip6?: string;
  /** Where its names are answered; the IPv6 one where it has no other. */
  readonly gateway: string;
  /** Where they are answered as well. */
  readonly gateway6?: string;
  /** Whose addresses nobody else knows. */
  readonly subnets?: readonly string[];
  readonly aliases: readonly string[];
  /** Names by which this container alone finds others. */
  readonly links?: readonly NetworkLink[];
  /** Without a way out: foreign names are of no use there. */
  readonly internal: boolean;
};

/** How a question is answered: by us, or by a server that is asked for the container. */
export type Verdict =
  | { readonly rcode: number; readonly answers: readonly Answer[] }
  | { readonly forward: true; readonly servers: readonly string[] | undefined };

/** Names of a network that lead to addresses of any nodes: those of the cluster's services. */
export type SharedNames = {
  readonly network: string;
  readonly names: Readonly<Record<string, readonly string[]>>;
  /** What those behind any of the names listen on. */
  readonly ports?: readonly NamedPort[];
};

/** A cluster's names last longer: who is behind them is told to end only after a while. */
const SHARED_TTL_SECONDS = 5;

/** The names of all containers, ready to be asked. Pure; the turn of an answer is the caller's to count. */
export type Zone = {
  readonly bySource: ReadonlyMap<string, NamedContainer>;
  /** By network and name. */
  readonly members: ReadonlyMap<string, readonly Addresses[]>;
  readonly ports: ReadonlyMap<string, readonly NamedPort[]>;
};

export function makeZone(containers: readonly NamedContainer[], shared: readonly SharedNames[] = []): Zone {
  const replaced = new Set(containers.flatMap(({ insteadOf }) => insteadOf ?? []));
  const bySource = new Map<string, NamedContainer>();
  const members = new Map<string, Addresses[]>();
  for (const container of containers) {
    for (const endpoint of container.endpoints) {
      if (endpoint.ip !== "") bySource.set(endpoint.ip, container);
      if (endpoint.ip6 !== undefined) bySource.set(endpoint.ip6, container);
      const own = container.names.filter((name) => replaced.has(name));
      const names = own.length > 0 ? own : [...container.names, ...endpoint.aliases];
      for (const name of new Set(names.map((text) => text.toLowerCase()))) {
        const key = `${endpoint.network} ${name}`;
        members.set(key, [...(members.get(key) ?? []), endpoint]);
      }
    }
  }
  const ports = new Map<string, readonly NamedPort[]>();
  for (const { network, names, ports: own = [] } of shared) {
    for (const [name, ips] of Object.entries(names)) {
      const key = `${network} ${name.toLowerCase()}`;
      // Also where it leads to nobody.
      members.set(key, [...(members.get(key) ?? []), ...ips.map(sharedAddress)]);
      ports.set(key, [...(ports.get(key) ?? []), ...own]);
    }
  }
  return { bySource, members, ports };
}

/** Answers a question of whoever has the address `source`; `turn` rotates answers of several addresses. */
export function answer(zone: Zone, source: string, query: Pick<Query, "name" | "type">, turn: number): Verdict {
  const client = zone.bySource.get(source);
  if (client === undefined) return { rcode: RCODE.REFUSED, answers: [] };
  const { name, type } = query;
  const reverse = addressOf(name);
  if (reverse !== undefined && isOfNetworks(client, reverse)) {
    const owner = neighbour(zone, client, formatIp(reverse));
    if (owner === undefined) return { rcode: RCODE.NXDOMAIN, answers: [] };
    return found(type === TYPE.PTR ? [{ type, data: nameBytes(`${owner}.${DOMAIN}`) }] : []);
  }
  const question = serviceQuestion(name);
  const keys = keysOf(client, question.name);
  const one = oneOfShared(zone, keys);
  const isHost = keys.some((key) => HOST_NAMES.some((host) => key.endsWith(` ${host}`)));
  const known = addressesOf(zone, keys);
  const addresses = isHost ? hostOf(client) : known.length > 0 ? known : (one ?? []);
  if (addresses.length > 0) {
    if (type !== TYPE.SRV) return found(question.port === undefined ? records(addresses, type, turn) : []);
    const listening = keys.flatMap((key) => zone.ports.get(key) ?? []);
    return found(serviceRecords(question.name, { addresses, ports: portsAskedFor(listening, question) }, turn));
  }
  const own = name === DOMAIN || name.endsWith(`.${DOMAIN}`) || !name.includes(".") || HOST_NAMES.includes(name);
  // A single word is nobody's domain: asking the world for it would only tell it our names.
  // Nobody has it at this moment, and nobody else will.
  const vacant = one !== undefined || keys.some((key) => zone.members.has(key));
  if ((own && name !== "") || vacant || client.endpoints.every(({ internal }) => internal))
    return { rcode: RCODE.NXDOMAIN, answers: [] };
  return { forward: true, servers: client.servers };
}

// Where to look, by network and name: as asked and without the domain of all or of the search list on each network, without that of a
// network on this one alone.
function keysOf({ endpoints, search }: NamedContainer, name: string): string[] {
  const short = (domain: string): string[] =>
    name.endsWith(`.${domain.toLowerCase()}`) ? [name.slice(0, -domain.length - 1)] : [];
  const everywhere = [name, ...[DOMAIN, ...search].flatMap(short)];
  return [
    ...everywhere.flatMap((form) => endpoints.map((endpoint) => keyOn(endpoint, form))),
    ...endpoints.flatMap((endpoint) => short(endpoint.network).map((form) => keyOn(endpoint, form))),
  ];
}

function keyOn({ network, links = [] }: NamedEndpoint, form: string): string {
  const link = links.find(({ name }) => name.toLowerCase() === form);
  return `${network} ${link?.target.toLowerCase() ?? form}`;
}

type Addresses = { readonly ip: string; readonly ip6?: string; readonly ttl?: number };

function sharedAddress(text: string): Addresses {
  const ttl = SHARED_TTL_SECONDS;
  return text.includes(":") ? { ip: "", ip6: text, ttl } : { ip: text, ttl };
}

function addressesOf(zone: Zone, keys: readonly string[]): Addresses[] {
  return [...new Set(keys.flatMap((key) => zone.members.get(key) ?? []))];
}

// One of those who share a name of the cluster's, as answers with ports call them; undefined for what is no such name.
function oneOfShared(zone: Zone, keys: readonly string[]): Addresses[] | undefined {
  const sharers = keys.flatMap((key) => {
    const {
      network,
      label = "",
      rest,
    } = /^(?<network>\S+) (?<label>[0-9a-f-]*-[0-9a-f]*)\.(?<rest>.+)$/.exec(key)?.groups ?? {};
    return (zone.members.get(`${network} ${rest}`) ?? []).map((address) => ({ address, label }));
  });
  if (sharers.every(({ address }) => address.ttl === undefined)) return undefined;
  const isMeant = ({ ip, ip6 = "" }: Addresses, label: string): boolean =>
    [ip, ip6].some((text) => text !== "" && addressLabel(text) === label);
  return sharers.flatMap(({ address, label }) => (isMeant(address, label) ? [address] : []));
}

function hostOf({ endpoints }: NamedContainer): Addresses[] {
  const outward = endpoints.find(({ internal }) => !internal) ?? endpoints[0];
  if (outward === undefined) return [];
  const { gateway } = outward;
  return [gateway.includes(":") ? { ip: "", ip6: gateway } : { ip: gateway }];
}

type Text = readonly [text: string, ttl: number];

// A container of this host may be known to the whole cluster as well.
function textsOf(addresses: readonly Addresses[], type: number): Text[] {
  const all = addresses.flatMap(({ ip, ip6, ttl = TTL_SECONDS }): Text[] => {
    const six: Text[] = ip6 === undefined ? [] : [[ip6, ttl]];
    const four: Text[] = ip === "" ? [] : [[ip, ttl]];
    return type === TYPE.A ? four : type === TYPE.AAAA ? six : type === TYPE.ANY ? [...four, ...six] : [];
  });
  return [...new Map(all)];
}

function turned<T>(list: readonly T[], turn: number): T[] {
  const start = list.length === 0 ? 0 : turn % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}

function records(addresses: readonly Addresses[], type: number, turn: number): Answer[] {
  return turned(textsOf(addresses, type), turn).flatMap(([text, ttl]) => {
    const data = parseIp(text);
    return data === undefined ? [] : [{ type: data.length === 4 ? TYPE.A : TYPE.AAAA, data, ttl }];
  });
}

type Listening = { readonly addresses: readonly Addresses[]; readonly ports: readonly NamedPort[] };

function serviceRecords(name: string, { addresses, ports }: Listening, turn: number): Answer[] {
  const targets = turned(textsOf(addresses, TYPE.ANY), turn);
  return targets.flatMap(([text, ttl]) =>
    ports.map(({ port }) => ({ type: TYPE.SRV, data: srvData(port, `${addressLabel(text)}.${name}`), ttl })),
  );
}

// The address whose name is asked for (RFC 1035 section 3.5, RFC 3596 section 2.5); undefined for another question.
function addressOf(name: string): Uint8Array | undefined {
  const four = /^((?:\d+\.){4})in-addr\.arpa$/.exec(name)?.[1];
  if (four !== undefined) return parseIp(four.split(".").toReversed().slice(1).join("."));
  const six = /^((?:[\da-f]\.){32})ip6\.arpa$/.exec(name)?.[1];
  return six === undefined ? undefined : Buffer.from(six.split(".").toReversed().join(""), "hex");
}

// Whose network the asker is not on is nobody to it.
function isOfNetworks({ endpoints }: NamedContainer, address: Uint8Array): boolean {
  const alone = maskAddress(address, address.length * 8);
  return endpoints
    .flatMap(({ subnets = [] }) => subnets.flatMap((text) => parseCidr(text) ?? []))
    .some((subnet) => overlaps(subnet, alone));
}

function neighbour(zone: Zone, client: NamedContainer, address: string): string | undefined {
  const owner = zone.bySource.get(address);
  const endpoint = owner?.endpoints.find(({ ip, ip6 }) => ip === address || ip6 === address);
  return client.endpoints.some(({ network }) => network === endpoint?.network) ? owner?.names[0] : undefined;
}

function found(answers: readonly Answer[]): Verdict {
  return { rcode: RCODE.NOERROR, answers };
}
