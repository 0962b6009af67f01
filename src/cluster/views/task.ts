import { humanDuration } from "../../lib/duration.ts";
import type { TaskRow } from "../door/wire.ts";
import type { ServiceSpec } from "../model/service.ts";
import type { Task } from "../model/task.ts";
import { type PublishedPort, publishedPorts } from "./published-ports.ts";
import { minuteOf } from "./service.ts";

/** A row of `service ps` and `node ps`, with Docker's fields. */
export type TaskView = {
  readonly ID: string;
  readonly Name: string;
  readonly Image: string;
  readonly Node: string;
  readonly DesiredState: string;
  readonly CurrentState: string;
  readonly Error: string;
  readonly Ports: string;
};

type Looks = {
  readonly truncate: boolean;
  readonly nowMs: number;
  readonly specOf: (task: Task) => ServiceSpec | undefined;
};

const ID_DIGITS = 12;
const ERROR_CHARACTERS = 30;

/** Rows in the order given; one that has a newer task of its slot above it is drawn below that. */
export function taskViews(rows: readonly TaskRow[], { truncate, nowMs, specOf }: Looks): TaskView[] {
  const seen = new Set<string>();
  return rows.map((row) => {
    const { task, nodeName } = row;
    const [place, spec] = [placeOf(row), specOf(task)];
    const isOlder = seen.has(place);
    seen.add(place);
    const { state, at, error } = task.status;
    return {
      ID: truncate ? task.id.slice(0, ID_DIGITS) : task.id,
      Name: `${isOlder ? " \\_ " : ""}${place}`,
      Image: spec?.container.image ?? "",
      Node: nodeName,
      DesiredState: capital(task.desired),
      CurrentState: `${capital(state)} ${humanDuration(Math.max(0, nowMs - at)).toLowerCase()} ago`,
      Error: error === undefined ? "" : `"${truncate ? shortened(error) : error}"`,
      Ports: ownPorts(task, spec)
        .map(({ PublishedPort, TargetPort, Protocol }) => `*:${PublishedPort}->${TargetPort}/${Protocol}`)
        .join(","),
    };
  });
}

/** The ports of its node that lead to a task while it runs; those of all nodes are its service's. */
export function ownPorts({ status }: Task, spec: ServiceSpec | undefined): PublishedPort[] {
  if (status.state !== "running" || spec === undefined) return [];
  // The node's own choice is known there only.
  return publishedPorts(spec).filter(({ PublishMode, PublishedPort }) => PublishMode === "host" && PublishedPort !== 0);
}

/** What `service ps` calls a task: `web.1`, of a scheduled service with its run. */
export function placeOf({ task, serviceName }: TaskRow): string {
  const run = task.run === undefined ? "" : `@${minuteOf(task.run)}`;
  return `${serviceName}.${task.slot === 0 ? task.nodeId : task.slot}${run}`;
}

function shortened(text: string): string {
  return text.length <= ERROR_CHARACTERS ? text : `${text.slice(0, ERROR_CHARACTERS - 1)}…`;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
