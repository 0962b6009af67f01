import type { EventRecord } from "../../state/events.ts";
import type { NodeSummary, ServiceSummary } from "../door/wire.ts";

/** The services and nodes of a cluster at a moment. */
export type Picture = { readonly services: readonly ServiceSummary[]; readonly nodes: readonly NodeSummary[] };

type Thing = {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** What a change of it is told by. */
  readonly facts: Readonly<Record<string, string>>;
};

/** That services and nodes were made, as far as they are still there, in the order in which it happened. */
export function creations(picture: Picture): EventRecord[] {
  const things = [...nodesIn(picture).map(made("node")), ...servicesIn(picture).map(made("service"))];
  return things.toSorted((a, b) => a.time - b.time);
}

function made(type: "node" | "service"): (thing: Thing) => EventRecord {
  return ({ id, name, createdAt: time }) => ({ time, type, action: "create", id, name, attributes: {} });
}

/** What has become of services and nodes between two moments, in Docker's words. `now`: in milliseconds since the epoch. */
export function changesBetween(before: Picture, after: Picture, now: number): EventRecord[] {
  return [
    ...changesOf("node", nodesIn(before), nodesIn(after), now),
    ...changesOf("service", servicesIn(before), servicesIn(after), now),
  ];
}

function servicesIn({ services }: Picture): Thing[] {
  return services.map(({ service: { id, createdAt, updatedAt, spec, update } }) => ({
    id,
    createdAt,
    name: spec.name,
    updatedAt,
    facts: {
      ...(update === undefined ? {} : { updatestate: update.state }),
      ...(spec.mode.kind === "replicated" ? { replicas: String(spec.mode.replicas) } : {}),
    },
  }));
}

function nodesIn({ nodes }: Picture): Thing[] {
  return nodes.map(({ node: { id, createdAt, updatedAt, description, state, availability, role } }) => ({
    id,
    createdAt,
    name: description.hostname,
    updatedAt,
    facts: { state, availability, role },
  }));
}

function changesOf(
  type: "node" | "service",
  before: readonly Thing[],
  after: readonly Thing[],
  now: number,
): EventRecord[] {
  const known = new Map(before.map((thing) => [thing.id, thing]));
  const left = new Set(after.map(({ id }) => id));
  return [
    ...after.flatMap((thing) => {
      const old = known.get(thing.id);
      if (old === undefined) return [made(type)(thing)];
      const attributes = differences(old.facts, thing.facts);
      const isSame = old.updatedAt === thing.updatedAt && Object.keys(attributes).length === 0;
      const time = old.updatedAt === thing.updatedAt ? now : thing.updatedAt;
      return isSame ? [] : [{ time, type, action: "update", id: thing.id, name: thing.name, attributes }];
    }),
    ...before.flatMap(({ id, name }) =>
      left.has(id) ? [] : [{ time: now, type, action: "remove", id, name, attributes: {} }],
    ),
  ];
}

/** `state.old` and `state.new` of each that differs. */
function differences(old: Thing["facts"], now: Thing["facts"]): Record<string, string> {
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])].filter((name) => old[name] !== now[name]);
  return Object.fromEntries(
    names.flatMap((name) =>
      [["old", old[name]] as const, ["new", now[name]] as const].flatMap(([when, value]) =>
        value === undefined ? [] : [[`${name}.${when}`, value]],
      ),
    ),
  );
}
