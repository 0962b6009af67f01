import { NetlinkWriter, NLM_F, parseAttributes } from "./message.ts";
import type { NetlinkSocket } from "./socket.ts";

// linux/rtnetlink.h, linux/if_link.h, linux/if_bridge.h
const RTM = { NEWLINK: 16, DELLINK: 17, GETLINK: 18, SETLINK: 19 } as const;
const IFLA = { IFNAME: 3, LINKINFO: 18, AF_SPEC: 26 } as const;
const INFO = { KIND: 1, DATA: 2 } as const;
const BRIDGE = { VLAN_FILTERING: 7, VLAN_DEFAULT_PVID: 39 } as const;
const BRIDGE_VLAN_INFO = 2;
const VLAN_IS_PVID = 1 << 1;
const VLAN_LEAVES_UNTAGGED = 1 << 2;
const AF_BRIDGE = 7;

const CHANGE = NLM_F.REQUEST | NLM_F.ACK;

/** What a bridge does about VLANs. */
export type BridgeVlans = {
  /** It keeps VLANs apart. */
  readonly filtering: boolean;
  /** The VLAN of each port that is added, and of the bridge itself; 0 for none. */
  readonly ofNewPorts: number;
};

/** Reads that of a bridge; undefined where the kernel knows nothing of VLANs on bridges. */
export function readBridgeVlans(socket: NetlinkSocket, name: string): BridgeVlans | undefined {
  const writer = new NetlinkWriter();
  writer.message(RTM.GETLINK, CHANGE, () => {
    linkHeader(writer, 0);
    writer.attributeString(IFLA.IFNAME, name);
  });
  const { messages } = socket.exchange(`looking up the bridge ${name}`, writer);
  for (const { payload } of messages) {
    const info = parseAttributes(payload, 16).get(IFLA.LINKINFO);
    const data = info === undefined ? undefined : parseAttributes(info).get(INFO.DATA);
    if (data === undefined) continue;
    const attributes = parseAttributes(data);
    const [filtering, vlan] = [attributes.get(BRIDGE.VLAN_FILTERING), attributes.get(BRIDGE.VLAN_DEFAULT_PVID)];
    if (filtering === undefined || vlan === undefined) return undefined;
    return { filtering: filtering[0] === 1, ofNewPorts: (vlan[0] ?? 0) + 256 * (vlan[1] ?? 0) };
  }
  return undefined;
}

/**
 * Makes a bridge keep VLANs apart, and puts itself and each port that is added from now on into one of them. Idempotent. The VLAN has to be
 * chosen before filtering is switched on: the kernel refuses it afterwards.
 */
export function filterVlans(writer: NetlinkWriter, index: number, vlan: number): void {
  changeBridge(writer, index, () => void writer.attribute(BRIDGE.VLAN_DEFAULT_PVID, () => void writer.u16(vlan)));
  changeBridge(writer, index, () => writer.attributeU8(BRIDGE.VLAN_FILTERING, 1));
}

/** Puts a port of a bridge into a VLAN: what comes in without a tag belongs to it, what leaves of it has none. */
export function joinVlan(writer: NetlinkWriter, index: number, vlan: number): void {
  portVlan(writer, RTM.SETLINK, { index, vlan, flags: VLAN_IS_PVID | VLAN_LEAVES_UNTAGGED });
}

/** Takes a port of a bridge out of a VLAN. */
export function leaveVlan(writer: NetlinkWriter, index: number, vlan: number): void {
  portVlan(writer, RTM.DELLINK, { index, vlan, flags: 0 });
}

function changeBridge(writer: NetlinkWriter, index: number, data: () => void): void {
  writer.message(RTM.NEWLINK, CHANGE, () => {
    linkHeader(writer, index);
    writer.attribute(IFLA.LINKINFO, () => {
      writer.attributeString(INFO.KIND, "bridge").attribute(INFO.DATA, data);
    });
  });
}

type PortVlan = { readonly index: number; readonly vlan: number; readonly flags: number };

function portVlan(writer: NetlinkWriter, type: number, { index, vlan, flags }: PortVlan): void {
  writer.message(type, CHANGE, () => {
    linkHeader(writer, index, AF_BRIDGE);
    writer.attribute(IFLA.AF_SPEC, () => {
      writer.attribute(BRIDGE_VLAN_INFO, () => writer.u16(flags).u16(vlan));
    });
  });
}

/** struct ifinfomsg */
function linkHeader(writer: NetlinkWriter, index: number, family = 0): void {
  writer.u8(family).u8(0).u16(0).u32(index).u32(0).u32(0);
}
