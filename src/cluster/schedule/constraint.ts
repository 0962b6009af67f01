import { BlockList, isIP } from "node:net";
import { EstibaError } from "../../lib/error.ts";
import type { Node } from "../model/node.ts";

/** A condition that nodes fulfil or not. */
export type Constraint = (node: Node) => boolean;

const LONGEST_PATTERN = 200;
const KEY = /^(?:node\.(?:id|hostname|ip|role|platform\.(?:os|arch)|labels\.[\w.\-/]+)|engine\.labels\.[\w.\-/]+)$/;
const COMPARISON = /^(?<key>[\w.\-/]+)\s*(?<operator>==|!=|=~|!~)\s*(?<value>.+)$/;
const MEMBERSHIP = /^(?<key>[\w.\-/]+)\s+(?<not>not\s+)?in\s*\((?<values>[^()]*)\)$/;
const EXISTENCE = /^(?<not>!?)\s*(?<key>[\w.\-/]+)$/;

/**
 * Reads a placement constraint: Swarm's `KEY==VALUE` and `KEY!=VALUE`, and besides `KEY in (A, B)`, `KEY not in (A, B)`, `KEY=~PATTERN`,
 * `KEY!~PATTERN`, `KEY` (there is such a label) and `!KEY`. Values are compared as Swarm does: in any case of letters. Throws `invalid`.
 */
export function parseConstraint(text: string): Constraint {
  const trimmed = text.trim();
  const { key = "", operator = "", value = "" } = COMPARISON.exec(trimmed)?.groups ?? {};
  if (operator !== "") return comparison(text, requireKey(text, key), { operator, value: value.trim() });
  const membership = MEMBERSHIP.exec(trimmed)?.groups;
  if (membership !== undefined) {
    const values = (membership["values"] ?? "").split(",").map((each) => each.trim().toLowerCase());
    const read = requireKey(text, membership["key"] ?? "");
    return (node) => values.includes((read(node) ?? "").toLowerCase()) === (membership["not"] === undefined);
  }
  const existence = EXISTENCE.exec(trimmed)?.groups;
  if (existence === undefined) throw badConstraint(text, "expected one operator from ==, !=, =~, !~, in, not in");
  const read = requireKey(text, existence["key"] ?? "");
  return (node) => (read(node) !== undefined) === (existence["not"] === "");
}

type Reader = (node: Node) => string | undefined;

function comparison(text: string, read: Reader, { operator, value }: { operator: string; value: string }): Constraint {
  if (operator === "=~" || operator === "!~") {
    const pattern = patternOf(text, value);
    return (node) => pattern.test(read(node) ?? "") === (operator === "=~");
  }
  const wanted = operator === "==";
  if (/^node\.ip\b/.test(text.trim())) {
    const within = addressTest(text, value);
    return (node) => within(node.description.address) === wanted;
  }
  const lower = value.toLowerCase();
  return (node) => ((read(node) ?? "").toLowerCase() === lower) === wanted;
}

function patternOf(text: string, value: string): RegExp {
  if (value.length > LONGEST_PATTERN) throw badConstraint(text, `a pattern has at most ${LONGEST_PATTERN} characters`);
  try {
    return new RegExp(value);
  } catch (error) {
    if (error instanceof SyntaxError) throw badConstraint(text, error.message);
    throw error;
  }
}

/** An address, or a subnet such as 10.0.0.0/8. */
function addressTest(text: string, value: string): (address: string) => boolean {
  const [address = "", bits] = value.split("/");
  const version = isIP(address);
  if (version === 0) throw badConstraint(text, `"${value}" is no IP address or subnet`);
  if (bits === undefined) return (other) => other === address;
  const type = version === 4 ? "ipv4" : "ipv6";
  const subnet = new BlockList();
  subnet.addSubnet(address, Number(bits), type);
  return (other) => isIP(other) === version && subnet.check(other, type);
}

function requireKey(text: string, key: string): Reader {
  if (!KEY.test(key)) {
    throw badConstraint(
      text,
      `"${key}" is none of node.id, node.hostname, node.ip, node.role, node.platform.os, node.platform.arch, node.labels.NAME, engine.labels.NAME`,
    );
  }
  return readerOf(key);
}

/** What a node has under the name that constraints and preferences have for it; undefined for a label it has not. */
export function readerOf(key: string): Reader {
  const label = /^node\.labels\.(.+)$/.exec(key)?.[1];
  if (label !== undefined) return ({ labels }) => (Object.hasOwn(labels, label) ? labels[label] : undefined);
  switch (key) {
    case "node.id":
      return ({ id }) => id;
    case "node.hostname":
      return ({ description }) => description.hostname;
    case "node.ip":
      return ({ description }) => description.address;
    case "node.role":
      return ({ role }) => role;
    case "node.platform.os":
      return ({ description }) => description.os;
    case "node.platform.arch":
      return ({ description }) => description.architecture;
    default:
      // Of engine.labels: no node of ours has any yet.
      return () => undefined;
  }
}

function badConstraint(text: string, why: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "service.bad_constraint",
    what: `invalid placement constraint "${text}": ${why}`,
    fix: "write it like node.labels.zone==eu, node.role!=manager, 'node.labels.zone in (a, b)', node.labels.ssd",
  });
}
