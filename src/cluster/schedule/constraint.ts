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

/** A constraint as it was written, in its parts. */
export type ConstraintParts = {
  readonly key: string;
  readonly operator: "==" | "!=" | "=~" | "!~" | "in" | "not in" | "exists" | "missing";
  /** One for a comparison, none for existence. */
  readonly values: readonly string[];
};

/**
 * Takes a placement constraint apart: Swarm's `KEY==VALUE` and `KEY!=VALUE`, and besides `KEY in (A, B)`, `KEY not in (A, B)`,
 * `KEY=~PATTERN`, `KEY!~PATTERN`, `KEY` (there is such a label) and `!KEY`. Throws `invalid`.
 */
export function constraintParts(text: string): ConstraintParts {
  const trimmed = text.trim();
  const { key = "", operator = "", value = "" } = COMPARISON.exec(trimmed)?.groups ?? {};
  if (operator !== "")
    return {
      key: requireKey(text, key),
      operator: operator as ConstraintParts["operator"],
      values: [value.trim()],
    };
  const membership = MEMBERSHIP.exec(trimmed)?.groups;
  if (membership !== undefined)
    return {
      key: requireKey(text, membership["key"] ?? ""),
      operator: membership["not"] === undefined ? "in" : "not in",
      values: (membership["values"] ?? "").split(",").map((each) => each.trim()),
    };
  const existence = EXISTENCE.exec(trimmed)?.groups;
  if (existence === undefined) throw badConstraint(text, "expected one operator from ==, !=, =~, !~, in, not in");
  const existing = existence["not"] === "" ? "exists" : "missing";
  return { key: requireKey(text, existence["key"] ?? ""), operator: existing, values: [] };
}

/** Reads a placement constraint. Values are compared as Swarm does: in any case of letters. Throws `invalid`. */
export function parseConstraint(text: string): Constraint {
  const { key, operator, values } = constraintParts(text);
  const read = readerOf(key);
  const lower = values.map((value) => value.toLowerCase());
  const among: Constraint = (node) => lower.includes((read(node) ?? "").toLowerCase());
  switch (operator) {
    case "in":
      return among;
    case "not in":
      return (node) => !among(node);
    case "exists":
      return (node) => read(node) !== undefined;
    case "missing":
      return (node) => read(node) === undefined;
    case "=~":
    case "!~": {
      const pattern = patternOf(text, values[0] ?? "");
      return (node) => pattern.test(read(node) ?? "") === (operator === "=~");
    }
    case "==":
    case "!=": {
      const within = key === "node.ip" ? addressTest(text, values[0] ?? "") : undefined;
      const holds: Constraint = within === undefined ? among : (node) => within(node.description.address);
      return (node) => holds(node) === (operator === "==");
    }
  }
}

type Reader = (node: Node) => string | undefined;

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

const KEYS =
  "node.id, node.hostname, node.ip, node.role, node.platform.os, node.platform.arch, node.labels.NAME, engine.labels.NAME";

function requireKey(text: string, key: string): string {
  if (KEY.test(key)) return key;
  throw badConstraint(text, `"${key}" is none of ${KEYS}`);
}

/** Throws `invalid` for what tasks cannot be spread over: nodes have nothing of that name. */
export function requirePreference(key: string): void {
  if (KEY.test(key)) return;
  throw new EstibaError("invalid", {
    reason: "service.bad_preference",
    what: `invalid placement preference "${key}": it is none of ${KEYS}`,
    fix: "write it like spread=node.labels.zone",
  });
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
