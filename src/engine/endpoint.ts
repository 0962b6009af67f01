import { appendFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ensureDefaultNetwork } from "../network/default-network.ts";
import { detachEndpoint } from "../network/detach.ts";
import { connectEndpoint, loopbackOnly } from "../network/endpoint.ts";
import { hostFiles } from "../network/files.ts";
import { ensureTable, publish } from "../network/firewall.ts";
import { allocateLease } from "../network/lease.ts";
import { reservePorts } from "../network/ports.ts";
import { networkRoot } from "../network/root-id.ts";
import type { ContainerRecord } from "../state/container.ts";
import { joinedContainer, joinedPath } from "../state/spec/namespaces.ts";
import type { Engine } from "./engine.ts";
import { namesFile } from "./names/paths.ts";
import { containerNamespace } from "./namespaces.ts";
import {
  addressList,
  addressState,
  containerEnvFile,
  gatewayOf,
  namedFiles,
  ownNetns,
  type PreparedNetwork,
  wantedPorts,
} from "./own-network.ts";

/** Takes addresses and host ports for a container. Throws `in_use` for a busy port, `exhausted` without a free address. */
export function prepareNetwork(engine: Engine, record: ContainerRecord): PreparedNetwork | Promise<PreparedNetwork> {
  switch (record.spec.network) {
    case "host":
      return prepareHost(record);
    case "none":
      return prepareNone(record);
    case "bridge":
      return record.spec.networks === undefined
        ? prepareBridge(engine, record)
        : import("./network/prepare.ts").then(({ prepareNetworks }) => prepareNetworks(engine, record));
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
  const shared = { "/etc/hosts": join(folder, "etc_hosts"), "/etc/resolv.conf": join(folder, "etc_resolv.conf") };
  if (record.spec.pod !== undefined) addName(shared["/etc/hosts"], record.name);
  return {
    ...prepareHost(record),
    namespace: { path: containerNamespace(engine, "network", network) ?? "" },
    files: { "/etc/hostname": `${record.hostname}\n`, ...containerEnvFile() },
    // With --no-hosts the owner has none of its own.
    sharedFiles: Object.fromEntries(Object.entries(shared).filter(([, source]) => existsSync(source))),
  };
}

// As with Podman, members of a pod find each other by name: at the address that they share. The file is bound: it is never replaced.
function addName(hosts: string, name: string): void {
  if (!existsSync(hosts)) return;
  const line = `127.0.0.1\t${name}\n`;
  if (!readFileSync(hosts, "utf8").includes(line)) appendFileSync(hosts, line);
}

/** Gives back addresses and ports of a container that has ended. Idempotent. */
export function disconnectNetwork(engine: Engine, id: string): void {
  // No more names first: nobody is to be sent to an address that somebody else gets.
  rmSync(namesFile(engine, id), { force: true });
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

function prepareBridge(engine: Engine, record: ContainerRecord): PreparedNetwork {
  const root = networkRoot(engine.paths.runRoot);
  using undo = new DisposableStack();
  const network = ensureDefaultNetwork(engine.store, root);
  undo.defer(() => detachEndpoint(root, engine.live, record.id));
  const lease = allocateLease(engine.live, network, record.id);
  const ports = undo.use(reservePorts(wantedPorts(record), engine.live, lease));
  const own = undo.use(ownNetns(record));
  const made = undo.move();
  return {
    namespace: own.namespace,
    keep: ports.descriptors,
    ...namedFiles(record, addressList(lease.ipv4, lease.ipv6), gatewayOf(network)),
    state: { ports: ports.mappings, address: addressState(network, lease) },
    connect: (init) => {
      own.use(init, (netns) =>
        connectEndpoint(netns, network, lease, { containerId: record.id, interfaceName: "eth0" }),
      );
      ensureTable(root, engine.store, engine.live, [network.bridgeName]);
      publish(root, engine.live, lease, ports.mappings);
    },
    release: () => {
      own[Symbol.dispose]();
      ports[Symbol.dispose]();
    },
    [Symbol.dispose]: () => made.dispose(),
  };
}
