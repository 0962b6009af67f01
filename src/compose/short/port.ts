import { isIP } from "node:net";
import { type Dict, type Node, type Scalar, valueOf } from "../../lib/yaml/node.ts";
import { problemAt } from "../../lib/yaml/problem.ts";
import { textOf } from "../schema/shape.ts";
import { dictAt } from "./make.ts";

type Range = { readonly first: number; readonly last: number };

const FORM = "[IP:][HOST[-HOST]:]CONTAINER[-CONTAINER][/PROTOCOL]";

/** The ports that `[ip:][published[-last]:]target[-last][/protocol]` stands for: one for each target. Source: docker's nat.ParsePortSpec. */
export function expandPort(item: Scalar): Dict[] {
  const refuse = (what: string): Error =>
    problemAt(item.origin, {
      reason: "compose.bad_port",
      what: `invalid port "${item.text}": ${what}`,
      fix: `write ${FORM}`,
    });
  const parts = item.text.split(":");
  const inside = /^([\d-]*)(?:\/(.*))?$/.exec(parts.at(-1) ?? "");
  const target = inside === null ? undefined : rangeOf(inside[1] ?? "");
  if (target === undefined) throw refuse(`"${parts.at(-1)}" is no port of a container`);
  const protocol = (inside?.[2] ?? "tcp").toLowerCase();
  if (!["tcp", "udp", "sctp"].includes(protocol)) throw refuse(`"${protocol}" is no protocol`);
  const outside = parts.at(-2) ?? "";
  const published = outside === "" ? undefined : rangeOf(outside);
  if (outside !== "" && published === undefined) throw refuse(`"${outside}" is no port of the host`);
  const ip = parts
    .slice(0, -2)
    .join(":")
    .replace(/^\[(.*)\]$/, "$1");
  if (ip !== "" && isIP(ip) === 0) throw refuse(`"${ip}" is no IP address`);
  const count = target.last - target.first;
  const single = count === 0;
  if (published !== undefined && published.last - published.first !== count && !single) {
    throw refuse("the ranges of host and container ports differ in length");
  }
  return Array.from({ length: count + 1 }, (_, index) =>
    dictAt(item.origin, {
      mode: "ingress",
      host_ip: ip === "" ? undefined : ip,
      target: target.first + index,
      published: published === undefined ? undefined : publishedText(published, index, single),
      protocol,
    }),
  );
}

function publishedText({ first, last }: Range, index: number, single: boolean): string {
  return single && first !== last ? `${first}-${last}` : String(first + index);
}

function rangeOf(text: string): Range | undefined {
  const [, one = "", two = one] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const [first, last] = [Number(one), Number(two)];
  return one === "" || first > last || last > 65_535 ? undefined : { first, last };
}

/** What makes a published port: two of the same are one. */
export function portKey(item: Node): string {
  const part = (key: string, otherwise: string): string => textOf(valueOf(item, key) ?? item) || otherwise;
  return `${part("host_ip", "0.0.0.0")}:${part("published", "")}:${part("target", "")}/${part("protocol", "tcp")}`;
}
