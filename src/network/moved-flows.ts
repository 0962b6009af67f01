import type { Netns } from "./netns.ts";
import { applyScript } from "./nft.ts";

const TABLE = "estiba_moved";
/** The rules lose their effect by themselves when nobody takes them away. */
const LIFETIME = "1h";

/** An address that a container takes from another one, and the address at which that one can be reached from then on. */
export type MovedAddress = { readonly address: string; readonly instead: string };

/**
 * Lets connections that the former holder of addresses has go on with it: in the network namespace of the new holder, whoever did not begin
 * a connection there is passed on. To be called before the addresses are the container's; it replaces what was there. Throws as
 * {@link applyScript} does.
 */
export function passFlowsOn(netns: Netns, interfaceName: string, moved: readonly MovedAddress[]): void {
  if (moved.length === 0) return;
  applyScript(moved.map((address) => rules(address, interfaceName)).join("\n"), netns.fd);
}

/** Takes the rules of {@link passFlowsOn} away; idempotent. */
export function endPassing(netns: Netns): void {
  const script = ["ip", "ip6"].map((family) => `table ${family} ${TABLE}\ndelete table ${family} ${TABLE}`).join("\n");
  applyScript(script, netns.fd);
}

function rules({ address, instead }: MovedAddress, interfaceName: string): string {
  const [family, type] = address.includes(":") ? ["ip6", "ipv6_addr"] : ["ip", "ipv4_addr"];
  const first = "tcp flags & (fin | syn | rst | ack) == syn";
  return `table ${family} ${TABLE}
delete table ${family} ${TABLE}
table ${family} ${TABLE} {
  set moved { type ${type}; flags timeout; elements = { ${address} timeout ${LIFETIME} }; }
  set begun { type ${type} . inet_service . inet_service; flags dynamic; size 1048576; }
  chain in {
    type filter hook prerouting priority -310; policy accept;
    iifname "lo" accept
    ${family} daddr != ${address} accept
    ${first} add @begun { ${family} saddr . tcp sport . tcp dport }
    ${first} accept
    ${family} saddr . tcp sport . tcp dport @begun accept
    meta l4proto tcp ${family} daddr @moved dup to ${instead} device "${interfaceName}" drop
  }
  chain out {
    type filter hook output priority -310; policy accept;
    ${family} saddr ${address} ${first} add @begun { ${family} daddr . tcp dport . tcp sport }
  }
}`;
}
