import { humanDuration } from "../../lib/duration.ts";
import type { TaskRow } from "../door/wire.ts";
import type { Task } from "../model/task.ts";
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

type Looks = { readonly truncate: boolean; readonly nowMs: number; readonly image: (task: Task) => string };

const ID_DIGITS = 12;
const ERROR_CHARACTERS = 30;

/** Rows in the order given; one that has a newer task of its slot above it is drawn below that. */
export function taskViews(rows: readonly TaskRow[], { truncate, nowMs, image }: Looks): TaskView[] {
  const seen = new Set<string>();
  return rows.map((row) => {
    const { task, nodeName } = row;
    const place = placeOf(row);
    const isOlder = seen.has(place);
    seen.add(place);
    const { state, at, error } = task.status;
    return {
      ID: truncate ? task.id.slice(0, ID_DIGITS) : task.id,
      Name: `${isOlder ? " \\_ " : ""}${place}`,
      Image: image(task),
      Node: nodeName,
      DesiredState: capital(task.desired),
      CurrentState: `${capital(state)} ${humanDuration(Math.max(0, nowMs - at)).toLowerCase()} ago`,
      Error: error === undefined ? "" : `"${truncate ? shortened(error) : error}"`,
      Ports: task.hostPorts.map((port) => `*:${port.split("/")[1]}/${port.split("/")[0]}`).join(","),
    };
  });
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
