import { aliasOfBridge } from "../../network/bridge-networks.ts";
import { detachEndpoint } from "../../network/detach.ts";
import { bridgeOptions, ownsBridge } from "../../network/driver-options.ts";
import { connectEndpoint } from "../../network/endpoint.ts";
import { ensureTable, publish } from "../../network/firewall.ts";
import { allocateLease, type WantedAddresses } from "../../network/lease.ts";
import { loopbackOnly } from "../../network/loopback.ts";
import { freeAddresses } from "../../network/moved-lease.ts";
import type { Netns } from "../../network/netns.ts";
import { reservePorts } from "../../network/ports.ts";
import type { PublishTarget } from "../../network/published-ports.ts";
import { networkRoot } from "../../network/root-id.ts";
import type { ContainerRecord } from "../../state/container.ts";
import type { Lease } from "../../state/leases.ts";
import type { Engine } from "../engine.ts";
import { forgetNames, nameGateways, writeNames } from "../names/files.ts";
import { addressList, gatewayOf, namedFiles, ownNetns, type PreparedNetwork, wantedPorts } from "../own-network.ts";
import { attachmentsOf } from "./attachments.ts";
import { isGuest } from "./is-guest.ts";
import { type ByFamily, endpointState, type PlannedEndpoint, planEndpoints, waysOut } from "./plan.ts";

type LeasedEndpoint = PlannedEndpoint & { readonly lease: Lease };

/**
 * Takes addresses on every network that the container names, and its host ports. The first network with a way out becomes its default
 * route, and ports are published towards it, IPv4 and IPv6 each by itself. Throws as the preparation of the default network does, and
 * `not_found` for a network.
 */
export async function prepareNetworks(engine: Engine, record: ContainerRecord): Promise<PreparedNetwork> {
  const root = networkRoot(engine.paths.runRoot);
  using undo = new DisposableStack();
  const asked = planEndpoints(engine, attachmentsOf(record));
  undo.defer(() => {
    forgetNames(engine, record.id);
    detachEndpoint(root, engine.live, record.id);
  });
  const isOnCluster = asked.some(isGuest);
  if (isOnCluster) await (await import("./guest.ts")).takeGuestLeases(engine, record, asked);
  // What it has told may have changed this machine's part of the network.
  const planned = isOnCluster ? planEndpoints(engine, attachmentsOf(record)) : asked;
  const endpoints = planned.map((endpoint): LeasedEndpoint => {
    const { network } = endpoint;
    return { ...endpoint, lease: allocateLease(engine.live, network, record.id, wantedBy(engine, record, endpoint)) };
  });
  const { outward, published, hostward } = waysOut(endpoints);
  const hostIp = published[4] === undefined ? "" : bridgeOptions(published[4].network).hostIp;
  const wanted = wantedPorts(record).map((port) => (port.hostIp === "" ? { ...port, hostIp } : port));
  const target = targetOf(record, published);
  const ports = undo.use(reservePorts(target === undefined ? [] : wanted, engine.live, target));
  const addresses = endpoints.flatMap(({ lease }) => addressList(lease.ipv4, lease.ipv6));
  const states = endpoints.map((endpoint) => endpointState(endpoint, endpoint.lease));
  const nameservers = nameGateways(engine, states);
  const { files, warnings } = namedFiles(record, addresses, hostward && gatewayOf(hostward.network), nameservers);
  const own = undo.use(ownNetns(record));
  const made = undo.move();
  return {
    namespace: own.namespace,
    keep: ports.descriptors,
    files,
    warnings: [...warnings, ...(target === undefined && wanted.length > 0 ? [notPublished(record)] : [])],
    state: { ports: ports.mappings, endpoints: states },
    connect: async (init) => {
      const shift = record.spec.standbyNames === true ? await import("./shift-addresses.ts") : undefined;
      own.use(init, (netns) => {
        connectAll(engine, record, { netns, endpoints, outward });
        shift?.hideFixed(netns, endpoints);
      });
      const bridges = endpoints.flatMap(({ network }) => (ownsBridge(network) ? network.bridgeName : []));
      if (bridges.length > 0) ensureTable(root, engine.store, engine.live, bridges);
      if (target !== undefined) publish(root, engine.live, target, ports.mappings);
      if (nameservers.length > 0) writeNames(engine, record, states);
    },
    ...(nameservers.length === 0 && !isOnCluster
      ? {}
      : {
          ready: async (pid) => {
            if (isOnCluster)
              await (await import("./guest.ts")).readyGuest(engine, record.id, { pid, endpoints: states });
            return nameservers.length === 0 ? [] : await answered(engine, nameservers);
          },
        }),
    release: () => {
      own[Symbol.dispose]();
      ports[Symbol.dispose]();
    },
    [Symbol.asyncDispose]: async () => made.dispose(),
  };
}

function targetOf({ id }: ContainerRecord, published: ByFamily<LeasedEndpoint>): PublishTarget | undefined {
  const [ipv4, ipv6] = [published[4]?.lease.ipv4, published[6]?.lease.ipv6];
  return ipv4 === undefined && ipv6 === undefined ? undefined : { containerId: id, ipv4, ipv6 };
}

// One that is to take another's place has what that one still has later: until then addresses of its own.
function wantedBy(
  engine: Engine,
  { spec }: ContainerRecord,
  { network, attachment }: PlannedEndpoint,
): WantedAddresses {
  return spec.standbyNames === true && ownsBridge(network)
    ? freeAddresses(engine.live, network, attachment)
    : attachment;
}

async function answered(engine: Engine, nameservers: readonly string[]): Promise<string[]> {
  return await (await import("../names/wake.ts")).awaitNames(engine, nameservers);
}

type Connecting = {
  readonly netns: Netns;
  readonly endpoints: readonly LeasedEndpoint[];
  readonly outward: ByFamily<LeasedEndpoint>;
};

function connectAll(engine: Engine, { id }: ContainerRecord, { netns, endpoints, outward }: Connecting): void {
  if (endpoints.length === 0) loopbackOnly(netns);
  for (const [position, endpoint] of endpoints.entries()) {
    const { network, lease, interfaceName } = endpoint;
    connectEndpoint(netns, network, lease, {
      containerId: id,
      interfaceName,
      position,
      leadsOut: ([4, 6] as const).filter((family) => outward[family] === endpoint),
      sysctls: endpoint.attachment.sysctls ?? [],
      bridgeAlias: aliasOfBridge(networkRoot(engine.paths.runRoot), network),
    });
  }
}

function notPublished({ name }: ContainerRecord): string {
  return `the ports of ${name} are not published: none of its networks is a bridge with a way out`;
}
