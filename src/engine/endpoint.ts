import { join } from "node:path";
import { ensureDefaultNetwork } from "../network/default-network.ts";
import { detachEndpoint } from "../network/detach.ts";
import { connectEndpoint, createNetns, loopbackOnly, type Netns, openNetns } from "../network/endpoint.ts";
import { hostFiles, hostsText, resolvConf } from "../network/files.ts";
import { ensureTable, publish } from "../network/firewall.ts";
import { allocateLease } from "../network/lease.ts";
import { reservePorts } from "../network/ports.ts";
import { networkRoot } from "../network/root-id.ts";
import type { ContainerRecord, ContainerState } from "../state/container.ts";
import type { Lease } from "../state/leases.ts";
import type { NetworkRecord } from "../state/networks.ts";
import { joinedContainer, joinedPath } from "../state/spec/namespaces.ts";
import type { PortMapping } from "../state/spec/network.ts";
import type { Engine } from "./engine.ts";
import { containerNamespace, type NetworkNamespace } from "./namespaces.ts";

/** A container's way to the network, prepared: addresses and ports are taken, nothing is connected yet. Disposing it gives all of it back. */
export type PreparedNetwork = Disposable & {
  readonly namespace: NetworkNamespace;
  /** Descriptors that keep the host ports reserved while the monitor lives. */
  readonly keep: readonly number[];
  /** Files to bind into the container, by target. */
  readonly files: Readonly<Record<string, string>>;
  /** What the user should know, such as that no name server can be reached. */
  readonly warnings: readonly string[];
  readonly state: Pick<ContainerState, "ports" | "address">;
  /** Files of the host to bind into the container, by target: those of a container whose network it shares. */
  readonly sharedFiles?: Readonly<Record<string, string>>;
  /** Makes the interfaces and publishes the ports. A new namespace is there only with the container's first process. */
  readonly connect: (init?: number) => void;
  /** Closes this process's descriptors: from now on the container's processes hold what they need. */
  readonly release: () => void;
};

/** Takes addresses and host ports for a container. Throws `in_use` for a busy port, `exhausted` without a free address. */
export function prepareNetwork(engine: Engine, record: ContainerRecord): PreparedNetwork {
  switch (record.spec.network) {
    case "host":
      return prepareHost(record);
    case "none":
      return prepareNone(record);
    case "bridge":
      return prepareBridge(engine, record);
    default:
      return prepareJoined(engine, record);
  }
}

/** Another container's network, with its files of names and addresses, or a namespace that somebody made by hand. */
function prepareJoined(engine: Engine, record: ContainerRecord): PreparedNetwork {
  const { network } = record.spec;
  const path = joinedPath(network);
  if (path !== undefined) return { ...prepareHost(record), ...namedFiles(record, []), namespace: { path } };
  const owner = joinedContainer(network) ?? "";
  const folder = join(engine.paths.bundles, owner, "files");
  return {
    ...prepareHost(record),
    namespace: { path: containerNamespace(engine, "network", network) ?? "" },
    files: { "/etc/hostname": `${record.hostname}\n`, ...containerEnvFile() },
    sharedFiles: { "/etc/hosts": join(folder, "etc_hosts"), "/etc/resolv.conf": join(folder, "etc_resolv.conf") },
  };
}

/** Gives back addresses and ports of a container that has ended. Idempotent. */
export function disconnectNetwork(engine: Engine, id: string): void {
  detachEndpoint(networkRoot(engine.paths.runRoot), engine.live, id);
}

function prepareHost(record: ContainerRecord): PreparedNetwork {
  return {
    namespace: "host",
    keep: [],
    files: {
      ...hostFiles(),
      "/etc/hostname": `${record.hostname}\n`,
      ...containerEnvFile(),
    },
    warnings: [],
    state: {},
    connect: () => undefined,
    release: () => undefined,
    [Symbol.dispose]: () => undefined,
  };
}

function prepareNone(record: ContainerRecord): PreparedNetwork {
  const own = ownNetns(record);
  return {
    namespace: own.namespace,
    keep: [],
    ...namedFiles(record, []),
    state: {},
    connect: (init) => own.use(init, loopbackOnly),
    release: () => own[Symbol.dispose](),
    [Symbol.dispose]: () => own[Symbol.dispose](),
  };
}

type OwnNetns = Disposable & {
  readonly namespace: NetworkNamespace;
  readonly use: (init: number | undefined, work: (netns: Netns) => void) => void;
};

/**
 * The container's own network namespace: made here, while the monitor starts up, but with a user namespace of its own, to which it must
 * belong, by the runtime.
 */
function ownNetns(record: ContainerRecord): OwnNetns {
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

function prepareBridge(engine: Engine, record: ContainerRecord): PreparedNetwork {
  const root = networkRoot(engine.paths.runRoot);
  using undo = new DisposableStack();
  const network = ensureDefaultNetwork(engine.store, root);
  undo.defer(() => detachEndpoint(root, engine.live, record.id));
  const lease = allocateLease(engine.live, network, record.id);
  const ports = undo.use(reservePorts(wantedPorts(record), engine.live));
  const own = undo.use(ownNetns(record));
  const made = undo.move();
  return {
    namespace: own.namespace,
    keep: ports.descriptors,
    ...namedFiles(record, [lease.ipv4, ...(lease.ipv6 === undefined ? [] : [lease.ipv6])], gatewayOf(network)),
    state: { ports: ports.mappings, address: addressState(network, lease) },
    connect: (init) => {
      own.use(init, (netns) =>
        connectEndpoint(netns, network, lease, { containerId: record.id, interfaceName: "eth0" }),
      );
      ensureTable(root, engine.store, engine.live);
      publish(root, engine.live, lease, ports.mappings);
    },
    release: () => {
      own[Symbol.dispose]();
      ports[Symbol.dispose]();
    },
    [Symbol.dispose]: () => made.dispose(),
  };
}

/** The ports asked for, and with `--publish-all` a random host port for every exposed one that is not among them. */
function wantedPorts(record: ContainerRecord): PortMapping[] {
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

function namedFiles(
  record: ContainerRecord,
  addresses: readonly string[],
  gateway?: string,
): Pick<PreparedNetwork, "files" | "warnings"> {
  const { spec } = record;
  const resolv = resolvConf({ servers: spec.dns, search: spec.dnsSearch, options: spec.dnsOptions });
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

// Programs look for this file to learn that they run in a container; Podman writes it too.
function containerEnvFile(): Record<string, string> {
  return { "/run/.containerenv": `engine="estiba"\n` };
}

function gatewayOf(network: NetworkRecord): string | undefined {
  return network.subnets.find(({ family }) => family === 4)?.gateway;
}

function addressState(network: NetworkRecord, lease: Lease): NonNullable<ContainerState["address"]> {
  const [four, six] = [4, 6].map((family) => network.subnets.find((subnet) => subnet.family === family));
  const prefix = (cidr: string | undefined): number => Number(cidr?.split("/")[1] ?? 0);
  return {
    ip: lease.ipv4,
    prefixLength: prefix(four?.cidr),
    gateway: four?.gateway ?? "",
    mac: lease.mac,
    ...(lease.ipv6 === undefined || six === undefined
      ? {}
      : { ip6: lease.ipv6, prefixLength6: prefix(six.cidr), gateway6: six.gateway }),
  };
}
