import type { Node } from "../../lib/yaml/node.ts";
import { problemAt } from "../../lib/yaml/problem.ts";
import { at, items, pairs, textAt } from "../edit.ts";
import { plainByTable } from "../plain.ts";
import { stableJson } from "../plan/hash.ts";

/** What no service in a pod can have, and why. */
const ALONE: readonly (readonly [path: readonly string[], why: string, applies?: (node: Node) => boolean])[] = [
  [["network_mode"], "the network is the pod's"],
  [["userns_mode"], "its user namespace would not own the pod's network"],
  [["provider"], "it is no container"],
  [["scale"], "a pod has one of each service", isSeveral],
  [["deploy", "replicas"], "a pod has one of each service", isSeveral],
  [["x-estiba", "replica"], "a pod has one of each service"],
  [
    ["deploy", "update_config", "order"],
    "the new container would find the pod's ports taken by the old one",
    (node) => textAt(node) === "start-first",
  ],
];

/** What several services of a pod may say only alike, since the pod has one of it. */
const ONE_OF: readonly (readonly string[])[] = [
  ["hostname"],
  ["domainname"],
  ["mac_address"],
  ["dns"],
  ["dns_search"],
  ["dns_opt"],
];
const ONE_OF_EACH_NETWORK = [
  "ipv4_address",
  "ipv6_address",
  "mac_address",
  "interface_name",
  "priority",
  "gw_priority",
];

type Member = { readonly name: string; readonly service: Node; readonly pod: Node };

/** Refuses what contradicts itself inside one pod: its services share one network, one host name, and one range of ports. */
export function checkPods(services: Node | undefined): void {
  const members = pairs(services).flatMap(([name, service]): Member[] => {
    const pod = at(service, "x-estiba", "pod");
    return pod === undefined ? [] : [{ name, service, pod }];
  });
  for (const member of members) checkAlone(member);
  for (const [, of] of Map.groupBy(members, ({ pod }) => textAt(pod) ?? "")) {
    checkNetworks(of);
    checkPorts(of);
    for (const path of ONE_OF) checkAlike(of, path);
    for (const key of new Set(of.flatMap(({ service }) => keysAt(service, "sysctls"))))
      checkAlike(of, ["sysctls", key]);
    for (const network of new Set(of.flatMap(({ service }) => keysAt(service, "networks"))))
      for (const key of ONE_OF_EACH_NETWORK) checkAlike(of, ["networks", network, key]);
  }
}

function checkAlone({ name, service, pod }: Member): void {
  for (const [path, why, applies] of ALONE) {
    const found = at(service, ...path);
    if (found === undefined || applies?.(found) === false) continue;
    const what = `service "${name}" is in the pod "${textAt(pod)}", and so can have no ${path.join(".")}: ${why}`;
    throw contradiction(found, what, pod, "remove one of them");
  }
}

function checkNetworks([first, ...others]: readonly Member[]): void {
  if (first === undefined) return;
  const names = (member: Member): string => keysAt(member.service, "networks").toSorted().join(", ");
  const other = others.find((member) => names(member) !== names(first));
  if (other === undefined) return;
  const what = `the pod "${textAt(first.pod)}" has one network for all: "${first.name}" is on ${names(first) || "none"}, and "${other.name}" on ${names(other) || "none"}`;
  const place = (member: Member): Node => at(member.service, "networks") ?? member.pod;
  throw contradiction(place(other), what, place(first), "give both the same networks");
}

function checkPorts(members: readonly Member[]): void {
  const seen = new Map<string, { readonly name: string; readonly node: Node }>();
  for (const { name, service, pod } of members) {
    for (const [key, node] of portsOf(service)) {
      const before = seen.get(key);
      if (before !== undefined && before.name !== name) {
        const what = `"${before.name}" and "${name}" both listen on the port ${key} of the pod "${textAt(pod)}"`;
        throw contradiction(node, what, before.node, "let one of them listen on another port");
      }
      seen.set(key, { name, node });
    }
  }
}

function portsOf(service: Node): [key: string, node: Node][] {
  const published = items(at(service, "ports")).map((port): [string, Node] => {
    const target = at(port, "target");
    return [`${target?.kind === "scalar" ? target.text : ""}/${textAt(port, "protocol") ?? "tcp"}`, port];
  });
  const exposed = items(at(service, "expose")).map((port): [string, Node] => {
    const text = textAt(port) ?? "";
    return [text.includes("/") ? text : `${text}/tcp`, port];
  });
  return [...published, ...exposed];
}

function checkAlike(members: readonly Member[], path: readonly string[]): void {
  const given = members.flatMap((member) => {
    const node = at(member.service, ...path);
    return node === undefined || (node.kind === "list" && node.items.length === 0) ? [] : [{ ...member, node }];
  });
  const [first, ...others] = given;
  const text = (node: Node): string => stableJson(plainByTable(node, undefined));
  const other = first === undefined ? undefined : others.find(({ node }) => text(node) !== text(first.node));
  if (first === undefined || other === undefined) return;
  const what = `the pod "${textAt(first.pod)}" has one ${path.join(".")} for all: "${first.name}" and "${other.name}" say different ones`;
  throw contradiction(other.node, what, first.node, "write it once");
}

function isSeveral(node: Node): boolean {
  return node.kind === "scalar" && typeof node.value === "number" && node.value > 1;
}

function keysAt(service: Node, key: string): string[] {
  return pairs(at(service, key)).map(([name]) => name);
}

function contradiction(node: Node, what: string, also: Node, fix: string): Error {
  return problemAt(node.origin, { reason: "compose.inconsistent", what, also: also.origin, fix });
}
