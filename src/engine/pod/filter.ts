import { EstibaError } from "../../lib/error.ts";
import { parseMoment } from "../../lib/moment.ts";
import { DEFAULT_NETWORK } from "../../network/bridge-networks.ts";
import type { Engine } from "../engine.ts";
import { matchesLabel } from "../label-filter.ts";
import { attachmentsOf } from "../network/attachments.ts";
import type { PodSummary } from "./list.ts";

type Matches = (pod: PodSummary) => boolean;

const MAKERS: Readonly<Record<string, (value: string, engine: Engine) => Matches>> = {
  "ctr-ids": (value) => {
    const matches = pattern(value);
    return ({ members }) => members.some(({ record }) => record.id.startsWith(value) || matches(record.id));
  },
  "ctr-names": (value) => {
    const matches = pattern(value);
    return ({ members }) => members.some(({ record }) => matches(record.name));
  },
  "ctr-number":
    (value) =>
    ({ members }) =>
      members.length === Number(value),
  "ctr-status": (value) => {
    const known = ["created", "running", "paused", "exited", "unknown", "restarting", "stopping", "initialized"];
    if (!known.includes(value)) throw badFilter(`${value} is not a valid status`, known);
    return ({ members }) => members.some(({ status }) => status === value);
  },
  id: (value) => {
    const matches = pattern(value);
    return ({ pod }) => pod.id.startsWith(value) || matches(pod.id);
  },
  label:
    (value) =>
    ({ pod }) =>
      matchesLabel(pod.labels, value),
  "label!":
    (value) =>
    ({ pod }) =>
      !matchesLabel(pod.labels, value),
  name: (value) => {
    const matches = pattern(value);
    return ({ pod }) => matches(pod.name);
  },
  network: (value) => {
    const wanted = value === "podman" || value === "default" ? DEFAULT_NETWORK : value;
    return ({ members }) =>
      members.some(({ record }) => attachmentsOf(record).some(({ network }) => network === wanted));
  },
  status: (value) => {
    const known = ["stopped", "running", "paused", "exited", "dead", "created", "degraded"];
    if (!known.includes(value)) throw badFilter(`${value} is not a valid pod status`, known);
    return ({ status }) => status.toLowerCase() === value;
  },
  until: (value) => {
    const limit = parseMoment(value, "before", Date.now());
    if (limit === undefined) throw badFilter(`until: "${value}" is not a time`, ["10m", "2026-01-31T12:00:00Z"]);
    return ({ pod }) => pod.createdAt < limit;
  },
};

/** `--filter KEY=VALUE` of `pod ps`: of values of one key any must fit, of several keys, and of labels, all. Throws `invalid`. */
export function podFilter(engine: Engine, filters: readonly string[]): Matches {
  const byKey = new Map<string, Matches[]>();
  for (const text of filters) {
    const [, key, value = ""] = /^(label!|[^=]+)=(.*)$/s.exec(text) ?? [];
    if (key === undefined) throw badFilter(`"${text}" is an invalid filter: it is not KEY=VALUE`, Object.keys(MAKERS));
    const make = MAKERS[key];
    if (make === undefined) throw badFilter(`${key} is an invalid filter`, Object.keys(MAKERS));
    byKey.set(key, [...(byKey.get(key) ?? []), make(value, engine)]);
  }
  return (pod) =>
    [...byKey].every(([key, tests]) =>
      key.startsWith("label") ? tests.every((test) => test(pod)) : tests.some((test) => test(pod)),
    );
}

function pattern(text: string): (tested: string) => boolean {
  try {
    const expression = new RegExp(text);
    return (tested) => expression.test(tested);
  } catch (error) {
    if (error instanceof SyntaxError) return (tested) => tested.includes(text);
    throw error;
  }
}

function badFilter(what: string, known: readonly string[]): EstibaError {
  return new EstibaError("invalid", { reason: "pod.bad_filter", what, fix: `known: ${known.join(", ")}` });
}
