import type { NetworkDetails } from "../../engine/network/list.ts";
import { goTime } from "../../lib/go-template/time.ts";
import { isGeneratedName } from "../../network/bridge-networks.ts";
import type { NetworkRecord } from "../../state/networks.ts";

/** The option that names the bridge. */
export const BRIDGE_NAME = "com.docker.network.bridge.name";

/** Docker's ways without a network of one's own, which it lists among the networks. */
export const SPECIAL_NETWORKS: readonly ("host" | "none")[] = ["host", "none"];

/** The id that such a one has: always the same. */
export function specialNetworkId(name: string): string {
  return new Bun.CryptoHasher("sha256").update(`estiba network ${name}`).digest("hex");
}

/** `host` and `none` as `GET /networks` lists them. Pure. */
export function specialNetwork(name: "host" | "none"): Record<string, unknown> {
  return {
    Name: name,
    Id: specialNetworkId(name),
    Created: goTime(0),
    Scope: "local",
    Driver: name === "host" ? "host" : "null",
    EnableIPv4: true,
    EnableIPv6: false,
    IPAM: { Driver: "default", Options: null, Config: [] },
    Internal: false,
    ...UNUSED,
    Containers: {},
    Options: {},
    Labels: {},
  };
}

/** A network as `GET /networks` lists it, without its containers. Pure. */
export function dockerNetwork(network: NetworkRecord): Record<string, unknown> {
  const { name, id, driver, subnets, internal, options, labels, createdAt, cluster, attachable, ipam } = network;
  return {
    Name: name,
    Id: cluster?.id ?? id,
    Created: goTime(createdAt),
    Scope: cluster === undefined ? "local" : "swarm",
    Driver: cluster === undefined ? driver : "overlay",
    EnableIPv4: subnets.length === 0 || subnets.some(({ family }) => family === 4),
    EnableIPv6: subnets.some(({ family }) => family === 6),
    IPAM: {
      Driver: ipam === "none" ? "null" : "default",
      Options: {},
      Config: subnets.map(({ cidr, gateway, range }) => ({
        Subnet: cidr,
        ...(gateway === "" ? {} : { Gateway: gateway }),
        ...(range?.includes("/") ? { IPRange: range } : {}),
      })),
    },
    Internal: internal === true,
    ...UNUSED,
    Attachable: (cluster ?? { attachable }).attachable === true,
    Ingress: name === "ingress" && cluster !== undefined,
    Containers: {},
    Options: { ...options, ...named(network) },
    Labels: labels ?? {},
  };
}

// As it was asked for: clients compare it. That of the default network is always told.
function named({ driver, bridgeName }: NetworkRecord): Record<string, string> {
  return driver === "bridge" && bridgeName !== "" && !isGeneratedName(bridgeName) ? { [BRIDGE_NAME]: bridgeName } : {};
}

/** `GET /networks/{id}`. Pure. */
export function dockerNetworkDetails({ network, containers }: NetworkDetails): Record<string, unknown> {
  return {
    ...dockerNetwork(network),
    Containers: Object.fromEntries(
      containers.map(({ record, endpoint }) => [
        record.id,
        {
          Name: record.name,
          EndpointID: "",
          MacAddress: endpoint.mac,
          IPv4Address: endpoint.ip === "" ? "" : `${endpoint.ip}/${endpoint.prefixLength}`,
          IPv6Address: endpoint.ip6 === undefined ? "" : `${endpoint.ip6}/${endpoint.prefixLength6}`,
        },
      ]),
    ),
  };
}

/** What only networks of a swarm have. */
const UNUSED = {
  Attachable: false,
  Ingress: false,
  ConfigFrom: { Network: "" },
  ConfigOnly: false,
};
