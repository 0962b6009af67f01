import { asSeenBy, DEFAULT_NETWORK } from "../../network/bridge-networks.ts";
import { allocateLease } from "../../network/lease.ts";
import type { ReservedPorts } from "../../network/ports.ts";
import { type NetworkRoot, networkRoot } from "../../network/root-id.ts";
import type { ContainerRecord } from "../../state/container.ts";
import type { Lease } from "../../state/leases.ts";
import { findNetwork, type NetworkRecord } from "../../state/networks.ts";
import type { Engine } from "../engine.ts";
import {
  addressList,
  addressState,
  gatewayOf,
  namedFiles,
  ownNetns,
  type PreparedNetwork,
  wantedPorts,
} from "../own-network.ts";
import { detach } from "./disconnect.ts";

const NO_PORTS: ReservedPorts = { mappings: [], descriptors: [], [Symbol.dispose]: () => undefined };

/**
 * Takes an address on the default network, which is made on first use, and the host ports. What connects is loaded when it is time to:
 * then the runtime makes the container on another core, and this process would wait for it.
 */
export async function prepareDefault(engine: Engine, record: ContainerRecord): Promise<PreparedNetwork> {
  const root = networkRoot(engine.paths.runRoot);
  await using undo = new AsyncDisposableStack();
  const network = await defaultNetwork(engine, root);
  undo.defer(() => detach(engine, record.id));
  const lease = allocateLease(engine.live, network, record.id);
  const ports = undo.use(await reserve(engine, record, lease));
  const named = namedFiles(record, addressList(lease.ipv4, lease.ipv6), gatewayOf(network));
  const own = undo.use(ownNetns(record));
  const made = undo.move();
  return {
    namespace: own.namespace,
    keep: ports.descriptors,
    ...named,
    state: { ports: ports.mappings, address: addressState(network, lease) },
    connect: async (init) => {
      const { connectEndpoint } = await import("../../network/endpoint.ts");
      own.use(init, (netns) =>
        connectEndpoint(netns, network, lease, { containerId: record.id, interfaceName: "eth0" }),
      );
      const { ensureTable, publish } = await import("../../network/firewall.ts");
      ensureTable(root, engine.store, engine.live, [network.bridgeName]);
      publish(root, engine.live, lease, ports.mappings);
    },
    release: () => {
      own[Symbol.dispose]();
      ports[Symbol.dispose]();
    },
    [Symbol.asyncDispose]: () => made.disposeAsync(),
  };
}

async function defaultNetwork(engine: Engine, root: NetworkRoot): Promise<NetworkRecord> {
  const found = findNetwork(engine.store, DEFAULT_NETWORK);
  if (found !== undefined) return asSeenBy(root, found);
  return (await import("../../network/default-network.ts")).ensureDefaultNetwork(engine.store, root);
}

async function reserve(engine: Engine, record: ContainerRecord, lease: Lease): Promise<ReservedPorts> {
  const wanted = wantedPorts(record);
  if (wanted.length === 0) return NO_PORTS;
  return (await import("../../network/ports.ts")).reservePorts(wanted, engine.live, lease);
}
