import { NetlinkWriter, NLM_F } from "./message.ts";

// linux/if_link.h
const RTM_NEWLINK = 16;
const IFLA = { IFNAME: 3, MTU: 4, MASTER: 10, LINKINFO: 18, IFALIAS: 20, AF_SPEC: 26 } as const;
const INFO = { KIND: 1, DATA: 2, SLAVE_KIND: 4, SLAVE_DATA: 5 } as const;
const VXLAN = { ID: 1, LOCAL: 4, LEARNING: 7, PROXY: 11, PORT: 15 } as const;
const PORT_LEARNING = 8;
const AF_INET6 = 10;
const INET6_ADDR_GEN_MODE = 8;
const ADDR_GEN_MODE_NONE = 1;
const IFF_UP = 1;

/** A tunnel to be made, as a port of a bridge. */
export type NewVxlan = {
  readonly name: string;
  readonly alias: string;
  /** The number of the network in the tunnel. */
  readonly vni: number;
  readonly port: number;
  /** This host's address that others reach it at. */
  readonly local: Uint8Array;
  readonly bridgeIndex: number;
  readonly mtu: number;
};

/**
 * Makes a VXLAN tunnel that floods nothing and learns nothing: it knows the hosts behind it by what it is told (see `putNeighbour`), and
 * answers itself who has which address.
 */
export function addVxlan(writer: NetlinkWriter, vxlan: NewVxlan): void {
  const { name, alias, vni, port, local, bridgeIndex, mtu } = vxlan;
  writer.message(RTM_NEWLINK, NLM_F.REQUEST | NLM_F.ACK | NLM_F.CREATE | NLM_F.EXCL, () => {
    writer.u32(0).u32(0).u32(0).u32(0);
    writer.attributeString(IFLA.IFNAME, name).attributeU32(IFLA.MTU, mtu).attributeU32(IFLA.MASTER, bridgeIndex);
    writer.attribute(IFLA.LINKINFO, () => {
      writer.attributeString(INFO.KIND, "vxlan").attribute(INFO.DATA, () => {
        writer
          .attributeU32(VXLAN.ID, vni)
          .attributeBytes(VXLAN.LOCAL, local)
          .attributeU8(VXLAN.LEARNING, 0)
          .attributeU8(VXLAN.PROXY, 1)
          .attributeU16be(VXLAN.PORT, port);
      });
    });
  });
  const change = (body: () => void, flags = 0): number =>
    writer.message(RTM_NEWLINK, NLM_F.REQUEST | NLM_F.ACK, () => {
      writer.u32(0).u32(0).u32(flags).u32(flags);
      writer.attributeString(IFLA.IFNAME, name);
      body();
    });
  change(() =>
    writer.attribute(IFLA.AF_SPEC, () => {
      writer.attribute(AF_INET6, () => writer.attributeU8(INET6_ADDR_GEN_MODE, ADDR_GEN_MODE_NONE));
    }),
  );
  // Switched on last: one that is off is an unfinished one.
  change(() => {
    writer.attributeString(IFLA.IFALIAS, alias).attribute(IFLA.LINKINFO, () => {
      writer
        .attributeString(INFO.SLAVE_KIND, "bridge")
        .attribute(INFO.SLAVE_DATA, () => writer.attributeU8(PORT_LEARNING, 0));
    });
  }, IFF_UP);
}
