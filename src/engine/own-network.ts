import { DOMAIN } from "../network/dns/domain.ts";
import { hostsText, type ResolvOptions, resolvConf } from "../network/files.ts";
import { createNetns, type Netns, openNetns } from "../network/netns.ts";
import type { ContainerRecord, ContainerSpec, ContainerState, EndpointAddress } from "../state/container.ts";
import type { Lease } from "../state/leases.ts";
import type { NetworkRecord } from "../state/networks.ts";
import type { PortMapping } from "../state/spec/network.ts";
import type { NetworkNamespace } from "./namespaces.ts";

/** A container's way to the network, prepared: addresses and ports are taken, nothing is connected yet. Disposing it gives all of it back. */
export type PreparedNetwork = AsyncDisposable & {
  readonly namespace: NetworkNamespace;
  /** Descriptors that keep the host ports reserved while the monitor lives. */
  readonly keep: readonly number[];
  /** Files to bind into the container, by target. */
  readonly files: Readonly<Record<string, string>>;
  /** What the user should know, such as that no name server can be reached. */
  readonly warnings: readonly string[];
  readonly state: Pick<ContainerState, "ports" | "address" | "endpoints">;
  /** Files of the host to bind into the container, by target: those of a container whose network it shares. */
  readonly sharedFiles?: Readonly<Record<string, string>>;
  /** Makes the interfaces and publishes the ports. A new namespace is there only with the container's first process. */
  readonly connect: (init?: number) => Promise<void>;
  /** Resolves when names are answered, and others know of it, where that is to be waited for; told a process in its namespace. */
  readonly ready?: (pid: number) => Promise<string[]>;
  /** Closes this process's descriptors: from now on the container's processes hold what they need. */
  readonly release: () => void;
};

export type OwnNetns = Disposable & {
  readonly namespace: NetworkNamespace;
  readonly use: (init: number | undefined, work: (netns: Netns) => void) => void;
};

/**
 * The container's own network namespace: made here, while the monitor starts up, but with a user namespace of its own, to which it must
 * belong, by the runtime.
 */
export function ownNetns(record: ContainerRecord): OwnNetns {
  const user = record.spec.namespaces?.user?.mode ?? "host";
  if (user !== "host") {
    return {
      namespace: "new",
      use: (init = 0, work) => {
        using netns = openNetns(`/proc/${init}/ns/net`);
        work(netns);
      },
      [Symbol.dispose]: () => undefined,
    };
  }
  const netns = createNetns();
  return {
    namespace: { path: netns.path },
    use: (_, work) => work(netns),
    [Symbol.dispose]: () => netns[Symbol.dispose](),
  };
}

/** The ports asked for, and with `--publish-all` a random host port for every exposed one that is not among them. */
export function wantedPorts(record: ContainerRecord): PortMapping[] {
  const { ports, publishAll } = record.spec;
  if (!publishAll) return [...ports];
  const covered = (port: number, protocol: string): boolean =>
    ports.some(
      (mapping) =>
        mapping.protocol === protocol && port >= mapping.containerPort && port < mapping.containerPort + mapping.range,
    );
  const exposed = record.exposed
    .flatMap(expandExposed)
    .filter(({ containerPort, protocol }) => !covered(containerPort, protocol));
  return [...ports, ...exposed];
}

function expandExposed(text: string): PortMapping[] {
  const match = /^(\d+)(?:-(\d+))?\/(tcp|udp|sctp)$/.exec(text);
  if (match === null) return [];
  const first = Number(match[1]);
  const last = Number(match[2] ?? first);
  const protocol = match[3] as PortMapping["protocol"];
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => ({
    hostIp: "",
    hostPort: 0,
    containerPort: first + index,
    protocol,
    range: 1,
  }));
}

/** The files of names and addresses of a container with a network of its own. */
export function namedFiles(
  record: ContainerRecord,
  addresses: readonly string[],
  gateway?: string,
  nameservers: readonly string[] = [],
): Pick<PreparedNetwork, "files" | "warnings"> {
  const { spec } = record;
  const given = givenDns(spec);
  const ours = nameservers.length > 0 && given.nothingElse !== true;
  const resolv = resolvConf(ours ? { ...given, servers: nameservers, ownSearch: [DOMAIN] } : given);
  const domain = spec.identity?.domainname;
  const names = [...(domain === undefined ? [] : [`${record.hostname}.${domain}`]), record.hostname, record.name];
  const files = {
    "/etc/hosts": hostsText({
      addresses,
      names,
      extraHosts: spec.addHosts,
      ...(gateway === undefined ? {} : { gateway }),
    }),
    "/etc/resolv.conf": resolv.text,
    "/etc/hostname": `${record.hostname}\n`,
    ...containerEnvFile(),
  };
  return { files, warnings: spec.network === "none" || resolv.warning === undefined ? [] : [resolv.warning] };
}

/** What is asked for of a container's /etc/resolv.conf. */
export function givenDns({ dns, dnsSearch, dnsOptions, identity }: ContainerSpec): ResolvOptions {
  return { servers: dns, search: dnsSearch, options: dnsOptions, nothingElse: identity?.givenDnsOnly === true };
}

/** Programs look for this file to learn that they run in a container; Podman writes it too. */
export function containerEnvFile(): Record<string, string> {
  return { "/run/.containerenv": `engine="estiba"\n` };
}

/** The host, as containers of the network reach it. */
export function gatewayOf(network: NetworkRecord): string | undefined {
  const [four, six] = [4, 6].map((family) => network.subnets.find((subnet) => subnet.family === family));
  return (four ?? six)?.gateway;
}

/** The addresses that are there. */
export function addressList(...addresses: readonly (string | undefined)[]): string[] {
  return addresses.flatMap((address) => (address === undefined || address === "" ? [] : [address]));
}

/** What a lease gives, for the container's state. */
export function addressState(network: NetworkRecord, lease: Lease): EndpointAddress {
  const [four, six] = [4, 6].map((family) => network.subnets.find((subnet) => subnet.family === family));
  const prefix = (cidr: string | undefined): number => Number(cidr?.split("/")[1] ?? 0);
  return {
    ip: lease.ipv4 ?? "",
    prefixLength: prefix(four?.cidr),
    gateway: four?.gateway ?? "",
    mac: lease.mac,
    ...(lease.ipv6 === undefined || six === undefined
      ? {}
      : { ip6: lease.ipv6, prefixLength6: prefix(six.cidr), gateway6: six.gateway }),
  };
}
