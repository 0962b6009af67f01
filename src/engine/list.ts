import { EstibaError } from "../lib/error.ts";
import type { ContainerExit, ContainerRecord, ContainerState } from "../state/container.ts";
import { listContainers, listStates, loadExit } from "../state/containers.ts";
import type { Engine } from "./engine.ts";
import { observe } from "./status.ts";

/** A container as it is at this moment. */
export type ContainerSummary = {
  readonly record: ContainerRecord;
  readonly status: "created" | "running" | "stopping" | "exited";
  readonly state: ContainerState | undefined;
  readonly exit: ContainerExit | undefined;
};

/** Every container, oldest first, held against the kernel's own view. Takes no lock. */
export function summarizeContainers(engine: Engine): ContainerSummary[] {
  const records = listContainers(engine.store);
  if (records.length === 0) return [];
  const states = listStates(engine.live);
  return records.map((record) => summarize(engine, record, states.get(record.id)));
}

/** One container's summary. */
export function summarize(
  engine: Engine,
  record: ContainerRecord,
  state: ContainerState | undefined,
): ContainerSummary {
  const observed =
    state === undefined ? { status: "created" as const, state, exit: undefined } : observe(engine, record, state);
  // After a reboot nothing volatile is left; how the last run ended is.
  const last = observed.status === "created" ? loadExit(engine.store, record.id) : undefined;
  if (last !== undefined && state?.status !== "starting") return { record, state, status: "exited", exit: last };
  return { record, ...observed };
}

type Filter = (container: ContainerSummary) => boolean;

/**
 * `--filter KEY=VALUE`: values of one key are alternatives, different keys must all hold (Docker and Podman). Throws `invalid` for an
 * unknown key.
 */
export function containerFilter(filters: readonly string[]): Filter {
  const byKey = new Map<string, string[]>();
  for (const text of filters) {
    const equals = text.indexOf("=");
    const key = equals < 0 ? text : text.slice(0, equals);
    byKey.set(key, [...(byKey.get(key) ?? []), equals < 0 ? "" : text.slice(equals + 1)]);
  }
  const tests = [...byKey].map(([key, values]) => {
    const alternatives = values.map((value) => filterFor(key, value));
    return key === "label"
      ? (container: ContainerSummary) => alternatives.every((test) => test(container))
      : (container: ContainerSummary) => alternatives.some((test) => test(container));
  });
  return (container) => tests.every((test) => test(container));
}

function filterFor(key: string, value: string): Filter {
  switch (key) {
    case "id":
      return ({ record }) => record.id.startsWith(value);
    case "name":
      return ({ record }) => matchesName(record.name, value);
    case "label":
      return ({ record }) => matchesLabel(record.labels, value);
    case "label!":
      return ({ record }) => !matchesLabel(record.labels, value);
    case "status":
      return ({ status }) => status === value;
    case "exited":
      return ({ status, exit }) => status === "exited" && String(exit?.code) === value;
    case "ancestor":
      return ({ record }) => matchesAncestor(record, value);
    case "volume":
      return ({ record }) =>
        record.mounts.some((mount) => mount.target === value || ("source" in mount && mount.source === value));
    case "network":
      return ({ record }) => record.spec.network === value;
    default:
      throw new EstibaError("invalid", {
        reason: "container.unknown_filter",
        what: `"${key}" is an invalid container filter`,
        fix: "known: id, name, label, label!, status, exited, ancestor, volume, network",
      });
  }
}

// A pattern where it is one, else a part of the name; both peers take regular expressions here.
function matchesName(name: string, pattern: string): boolean {
  try {
    return new RegExp(pattern).test(name);
  } catch (error) {
    if (error instanceof SyntaxError) return name.includes(pattern);
    throw error;
  }
}

function matchesLabel(labels: Readonly<Record<string, string>>, text: string): boolean {
  const equals = text.indexOf("=");
  if (equals < 0) return Object.hasOwn(labels, text);
  return labels[text.slice(0, equals)] === text.slice(equals + 1);
}

function matchesAncestor({ imageId, imageName }: ContainerRecord, value: string): boolean {
  const tail = imageName.slice(imageName.lastIndexOf("/") + 1);
  return (
    imageId.startsWith(value) ||
    [imageName, tail, imageName.replace(/:[^:/]+$/, ""), tail.replace(/:[^:]+$/, "")].includes(value)
  );
}
