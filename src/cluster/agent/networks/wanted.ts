import type { SharedNames } from "../../../network/dns/zone.ts";
import type { Balanced, Door, Gate, Peer } from "../../../network/overlay/wanted.ts";
import type { NetworkItem } from "../../network/picture.ts";
import type { NodeNetwork } from "./records.ts";

/** What a node's networks are to be like, put together from what it was told. */
export type WantedNetworks = {
  readonly networks: readonly (NodeNetwork & {
    readonly local: string;
    readonly peers: readonly Peer[];
    readonly balanced: readonly Balanced[];
  })[];
  readonly gates: readonly Gate[];
  readonly doors: readonly Door[];
  readonly names: readonly SharedNames[];
  readonly guests: readonly KnownGuest[];
};

/** A container of this node that has an address of the cluster's, and is no task. */
export type KnownGuest = Extract<NetworkItem, { kind: "guest" }>;

/** Puts the parts together. Pure. */
export function wantedNetworks(items: Iterable<NetworkItem>): WantedNetworks {
  const all = [...items];
  const of = <K extends NetworkItem["kind"]>(kind: K): Extract<NetworkItem, { kind: K }>[] =>
    all.filter((item): item is Extract<NetworkItem, { kind: K }> => item.kind === kind);
  const peers = Map.groupBy(of("peer"), ({ networkId }) => networkId);
  const services = Map.groupBy(of("service"), ({ networkId }) => networkId);
  return {
    networks: of("network").map(({ network, gateway, local }) => ({
      network,
      gateway,
      local,
      peers: (peers.get(network.id) ?? []).map(({ peer }) => peer),
      balanced: (services.get(network.id) ?? []).flatMap(({ balanced, balanced6 }) => [
        ...(balanced === undefined ? [] : [balanced]),
        ...(balanced6 === undefined ? [] : [balanced6]),
      ]),
    })),
    gates: of("gate").map(({ gate }) => gate),
    doors: of("door").map(({ door }) => door),
    guests: of("guest"),
    names: of("network").flatMap(({ network }) =>
      (services.get(network.id) ?? []).map(({ names, ports }) => ({
        network: network.name,
        names,
        ...(ports === undefined ? {} : { ports }),
      })),
    ),
  };
}
