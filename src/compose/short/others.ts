import { type Dict, list, type Node, type Scalar, scalar, valueOf } from "../../lib/yaml/node.ts";
import { problemAt } from "../../lib/yaml/problem.ts";
import { textOf } from "../schema/shape.ts";
import { dictAt, withEntry } from "./make.ts";

/** `host[:container[:permissions]]`, or the name of a CDI device. */
export function expandDevice(item: Scalar): Dict[] {
  const [source = "", target = source, permissions = "rwm", more] = item.text.split(":");
  if (more !== undefined) {
    const what = `invalid device "${item.text}": it has more than three parts`;
    throw problemAt(item.origin, {
      reason: "compose.bad_value",
      what,
      fix: "write it as a mapping of source, target, permissions",
    });
  }
  return [dictAt(item.origin, { source, target, permissions })];
}

/** `name=address` or `name:address`, as `name=address`; brackets around an IPv6 address are dropped. */
export function expandHost(item: Scalar): Scalar[] {
  const [, name, address] = /^([^=:]+)[=:]\s*(.+)$/.exec(item.text) ?? [];
  if (name === undefined || address === undefined) {
    throw problemAt(item.origin, {
      reason: "compose.bad_value",
      what: `invalid host "${item.text}"`,
      fix: "write NAME=ADDRESS",
    });
  }
  return [scalar(`${name}=${address.replace(/^\[(.*)\]$/, "$1")}`, item.origin)];
}

/** Hosts written as a mapping; an address may be a list of them. */
export function hostsOf(node: Node): Node {
  if (node.kind !== "dict") return node;
  const items = [...node.entries].flatMap(([name, { value }]) =>
    (value.kind === "list" ? value.items : [value]).map((address) =>
      scalar(`${name}=${textOf(address)}`, address.origin),
    ),
  );
  return list(items, node.origin);
}

/** Requests for devices: `all` is one for each there is; without count and ids, all. */
export function deviceRequests(node: Node): Node {
  if (node.kind !== "scalar" || node.text !== "all") return node;
  return list([dictAt(node.origin, { count: -1 })], node.origin);
}

/** A count of devices: a number, or `all`. */
export function deviceCount(node: Node): Node {
  const count = valueOf(node, "count");
  if (node.kind !== "dict" || count?.kind !== "scalar" || count.text !== "all") return node;
  return withEntry(node, "count", scalar(-1, count.origin));
}

/** `external: {name: x}`, the form of old, is `external: true` with `name: x`. */
export function externalName(node: Node): Node {
  const external = valueOf(node, "external");
  if (node.kind !== "dict" || external?.kind !== "dict") return node;
  const name = valueOf(external, "name");
  const flagged = withEntry(node, "external", scalar(true, external.origin));
  if (name === undefined) return flagged;
  const given = valueOf(node, "name");
  if (given !== undefined && textOf(given) !== textOf(name)) {
    const what = '"name" and "external.name" (deprecated) say two names';
    throw problemAt(name.origin, {
      reason: "compose.inconsistent",
      what,
      also: given.origin,
      fix: 'remove "external.name"',
    });
  }
  return withEntry(flagged, "name", name);
}

/** A health check written as one string is run by a shell. */
export function healthTest(text: Scalar): Node {
  return list([scalar("CMD-SHELL", text.origin), scalar(text.text, text.origin)], text.origin);
}

/** A dependency of which only the name is given. */
export function plainDependency({ origin }: Scalar): Node {
  return dictAt(origin, { condition: "service_started", required: true });
}
