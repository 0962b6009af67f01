import { ensureDefaultNetwork } from "../network/default-network.ts";
import { detachEndpoint } from "../network/detach.ts";
import { connectEndpoint, createNetns, loopbackOnly, type Netns } from "../network/endpoint.ts";
import { hostFiles, hostsText, resolvConf } from "../network/files.ts";
import { ensureTable, publish } from "../network/firewall.ts";
import { allocateLease } from "../network/lease.ts";
import { reservePorts } from "../network/ports.ts";
import { networkRoot } from "../network/root-id.ts";
import type { ContainerRecord, ContainerState } from "../state/container.ts";
import type { Lease } from "../state/leases.ts";
import type { NetworkRecord } from "../state/networks.ts";
import type { PortMapping } from "../state/spec/network.ts";
import type { Engine } from "./engine.ts";

/** A container's way to the network, prepared: addresses and ports are taken, nothing is connected yet. Disposing it gives all of it back. */
export type PreparedNetwork = Disposable & {
  /** What the runtime opens to join; undefined for the host's. */
  readonly namespacePath: string | undefined;
  /** Descriptors that keep the host ports reserved while the monitor lives. */
  readonly keep: readonly number[];
  /** Files to bind into the container, by target. */
  readonly files: Readonly<Record<string, string>>;
  /** What the user should know, such as that no name server can be reached. */
  readonly warnings: readonly string[];
  readonly state: Pick<ContainerState, "ports" | "address">;
  /** Makes the interfaces and publishes the ports. */
  readonly connect: () => void;
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
  }
}

/** Gives back addresses and ports of a container that has ended. Idempotent. */
export function disconnectNetwork(engine: Engine, id: string): void {
  detachEndpoint(networkRoot(engine.paths.runRoot), engine.live, id);
}

function prepareHost(record: ContainerRecord): PreparedNetwork {
  return {
    namespacePath: undefined,
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
  const netns = createNetns();
  return {
    namespacePath: netns.path,
    keep: [],
    ...namedFiles(record, []),
    state: {},
    connect: () => loopbackOnly(netns),
    release: () => netns[Symbol.dispose](),
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
  const netns = undo.use(createNetns());
  const made = undo.move();
  return {
    namespacePath: netns.path,
    keep: ports.descriptors,
    ...namedFiles(record, [lease.ipv4, ...(lease.ipv6 === undefined ? [] : [lease.ipv6])], gatewayOf(network)),
    state: { ports: ports.mappings, address: addressState(network, lease) },
    connect: () => {
      connectEndpoint(netns, network, lease, { containerId: record.id, interfaceName: "eth0" });
      ensureTable(root, engine.store, engine.live);
      publish(root, engine.live, lease, ports.mappings);
    },
    release: () => {
      closeOwn(netns, ports);
    },
    [Symbol.dispose]: () => made.dispose(),
  };
}

function closeOwn(netns: Netns, ports: Disposable): void {
  netns[Symbol.dispose]();
  ports[Symbol.dispose]();
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
