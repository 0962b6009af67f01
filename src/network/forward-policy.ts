import {
  deleteRule,
  findChain,
  HOOK_FORWARD,
  isInRules,
  listChains,
  listRules,
  NFPROTO,
  type NftChain,
} from "../host/netlink/netfilter.ts";
import { NETLINK, NetlinkSocket } from "../host/netlink/socket.ts";
import { applyScript } from "./nft.ts";
import { BRIDGE_PREFIX } from "./root-id.ts";

/** Another tool's firewall policy that keeps containers from the network. */
export type PolicyFinding = { readonly subject: string; readonly problem: string; readonly fix: string };

const COMMENT = "estiba";
const FAMILIES = [
  { family: NFPROTO.IPV4, name: "ip" },
  { family: NFPROTO.IPV6, name: "ip6" },
] as const;
const FAMILY_NAMES: Readonly<Record<number, string>> = { 1: "inet", 2: "ip", 10: "ip6" };

type ChainRef = { family: number; table: string; name: string };

/**
 * Lets our bridges pass where iptables' FORWARD policy is "drop" (Docker, ufw): a verdict "drop" there is final, whatever our own table
 * accepts. The rules go to DOCKER-USER, which Docker keeps, or to FORWARD itself. A bridge with a name of the user's own gets rules of its
 * own. Idempotent.
 */
export function acceptForwarding(socket: NetlinkSocket, bridges: readonly string[] = []): void {
  const named = bridges.filter((name) => !name.startsWith(BRIDGE_PREFIX));
  for (const { family, name } of FAMILIES) {
    const chain = blockingChain(socket, family);
    if (chain === undefined) continue;
    const comments = new Set(listRules(socket, chain).map(({ comment }) => comment));
    // Two rules with a wildcard each: iptables-save shows an anonymous set as "accept everything".
    const rule = (direction: string, interfaces: string, comment: string): string =>
      `insert rule ${name} ${chain.table} ${chain.name} ${direction} "${interfaces}" counter accept comment "${comment}"\n`;
    const wanted = [
      { interfaces: `${BRIDGE_PREFIX}*`, comment: COMMENT },
      ...named.map((bridge) => ({ interfaces: bridge, comment: `${COMMENT} ${bridge}` })),
    ].filter(({ comment }) => !comments.has(comment));
    for (const { interfaces, comment } of wanted)
      applyScript(rule("iifname", interfaces, comment) + rule("oifname", interfaces, comment));
  }
}

/** Takes the rules for one bridge with a name of the user's own away. */
export function withdrawBridge(socket: NetlinkSocket, bridge: string): void {
  withdrawRules(socket, (comment) => comment === `${COMMENT} ${bridge}`);
}

/** Takes the rules of {@link acceptForwarding} away again. */
export function withdrawForwarding(socket: NetlinkSocket): void {
  withdrawRules(socket, (comment) => comment === COMMENT || comment.startsWith(`${COMMENT} `));
}

function withdrawRules(socket: NetlinkSocket, isMeant: (comment: string) => boolean): void {
  for (const { family } of FAMILIES) {
    for (const name of ["DOCKER-USER", "FORWARD"]) {
      const chain = { family, table: "filter", name };
      if (findChain(socket, chain) === undefined) continue;
      for (const rule of listRules(socket, chain)) if (isMeant(rule.comment)) deleteRule(socket, chain, rule);
    }
  }
}

/** Forward chains of other tools that drop what they do not know and into which we put nothing, such as firewalld's. Reads only. */
export function foreignPolicies(): PolicyFinding[] {
  using socket = new NetlinkSocket(NETLINK.NETFILTER);
  const chains = listChains(socket);
  const policies = chains.flatMap((chain) => {
    const family = FAMILY_NAMES[chain.family];
    const mended = chain.table === "filter" && chain.name === "FORWARD" && family !== "inet";
    if (family === undefined || mended || chain.hook !== HOOK_FORWARD || !chain.policyDrop) return [];
    return [toFinding(chain, family)];
  });
  return isRejectedByFirewalld(socket, chains) ? [...policies, FIREWALLD] : policies;
}

const FIREWALLD: PolicyFinding = {
  subject: "firewalld",
  problem: "it rejects what containers send, and their questions for names, because no zone has their interfaces",
  fix: `firewall-cmd --permanent --zone=trusted --add-interface=${BRIDGE_PREFIX}+ && firewall-cmd --reload`,
};

// It has no policy that drops: the last rule of its chains rejects what no zone lets pass.
function isRejectedByFirewalld(socket: NetlinkSocket, chains: readonly NftChain[]): boolean {
  const chain = chains.find(({ table, name }) => table === "firewalld" && name === "filter_FORWARD");
  return chain !== undefined && !chain.policyDrop && !isInRules(socket, chain, BRIDGE_PREFIX);
}

function blockingChain(socket: NetlinkSocket, family: number): ChainRef | undefined {
  const forward = findChain(socket, { family, table: "filter", name: "FORWARD" });
  if (forward === undefined || !forward.policyDrop) return undefined;
  const user = { family, table: "filter", name: "DOCKER-USER" };
  return findChain(socket, user) === undefined ? { family, table: "filter", name: "FORWARD" } : user;
}

function toFinding(chain: NftChain, family: string): PolicyFinding {
  const name = `${family} ${chain.table} ${chain.name}`;
  const accept = (direction: string): string => `nft insert rule ${name} ${direction} '"${BRIDGE_PREFIX}*"' accept`;
  return {
    subject: `nft chain ${name}`,
    problem: "its policy drops what containers send and receive, and no rule of ours can undo a drop",
    fix: `${accept("iifname")}; ${accept("oifname")}`,
  };
}
