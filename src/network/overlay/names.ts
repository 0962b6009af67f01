import { bridgeAlias } from "../bridge-networks.ts";
import type { NetworkRoot } from "../root-id.ts";

/** Where the tunnels of all hosts end: the port that IANA gave VXLAN. */
export const VXLAN_PORT = 4789;
/** Packets are shorter by what the tunnel puts before them. */
export const OVERLAY_MTU = 1450;

/** The tunnel of a bridge has the bridge's name, but for its beginning. */
export function tunnelName(bridgeName: string): string {
  return `estivx${bridgeName.slice("estiba".length)}`.slice(0, 15);
}

/** Stands on a tunnel: whose it is, its number, and where it ends here. */
export function tunnelAlias(root: NetworkRoot, vni: number, local: string): string {
  return `${bridgeAlias(root)}, number ${vni} at ${local}`.slice(-255);
}

/** Whether an alias is that of a root's tunnel. */
export function isTunnelOf(root: NetworkRoot, alias: string): boolean {
  return alias.startsWith(`${bridgeAlias(root)}, number `);
}

/** The table of the ports that lead to containers of other hosts. */
export function doorsTable({ id }: NetworkRoot): string {
  return id === "" ? "estiba_doors" : `estiba_doors_${id}`;
}

/** The table in the namespace of a container. */
export const TASK_TABLE = "estiba_task";
