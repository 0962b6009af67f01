import type { ServiceSummary, TaskRow } from "../../cluster/door/wire.ts";
import type { ServiceSpec } from "../../cluster/model/service.ts";
import type { Task } from "../../cluster/model/task.ts";
import { isWanted } from "../../cluster/model/task.ts";
import { placeOf, taskViews } from "../../cluster/views/task.ts";
import type { Values } from "../command.ts";
import type { Cli } from "../context.ts";
import { isJsonFormat } from "../format-options.ts";
import { chosenFormat, renderTable } from "../table.ts";
import { parseFilters } from "./filter.ts";

export const TASKS_OPTIONS = {
  filter: {
    kind: "list",
    short: "f",
    value: "KEY=VALUE",
    help: "Only those that match: id, name, node, desired-state",
  },
  format: { kind: "string", value: "TEMPLATE", help: "json, or a Go template, such as '{{.Name}} {{.Error}}'" },
  "no-resolve": { kind: "flag", help: "Ids instead of names of nodes" },
  "no-trunc": { kind: "flag", help: "Ids and errors at full length" },
  quiet: { kind: "flag", short: "q", help: "Only ids" },
} as const;

const FORMAT =
  "table {{.ID}}\t{{.Name}}\t{{.Image}}\t{{.Node}}\t{{.DesiredState}}\t{{.CurrentState}}\t{{.Error}}\t{{.Ports}}";

type Showing = Values<typeof TASKS_OPTIONS> & { readonly services: readonly ServiceSummary[] };

/** Prints tasks as both `ps` commands do. Throws `invalid` for a filter that there is not. */
export function showTasks(cli: Cli, rows: readonly TaskRow[], { services, ...values }: Showing): void {
  const matches = parseFilters<TaskRow>(values.filter, {
    id:
      (value) =>
      ({ task }) =>
        task.id.startsWith(value),
    name: (value) => (row) => placeOf(row).startsWith(value),
    node:
      (value) =>
      ({ task, nodeName }) =>
        nodeName === value || task.nodeId?.startsWith(value) === true,
    "desired-state":
      (value) =>
      ({ task }) =>
        isDesired(task, value),
  });
  const shown = rows
    .filter(matches)
    .map((row) => (values["no-resolve"] ? { ...row, nodeName: row.task.nodeId ?? "" } : row));
  const views = taskViews(shown, {
    truncate: !values["no-trunc"],
    nowMs: Date.now(),
    specOf: (task) => specOf(services, task),
  });
  if (values.format !== undefined && isJsonFormat(values.format)) {
    for (const view of views) cli.out(`${JSON.stringify(view)}\n`);
    return;
  }
  const format = chosenFormat(values.quiet ? "{{.ID}}" : values.format, FORMAT);
  cli.out(renderTable(format, views, { headers: { ID: "ID" }, name: "service ps" }));
}

// "running" means those that are to run, "shutdown" all others, as in Docker.
function isDesired(task: Task, value: string): boolean {
  if (value === "running" || value === "ready") return isWanted(task);
  return task.desired === value || (value === "shutdown" && !isWanted(task));
}

// That of a task that is older than what is kept is unknown; its image was hardly another one.
function specOf(services: readonly ServiceSummary[], { serviceId, specHash }: Task): ServiceSpec | undefined {
  const service = services.find((one) => one.service.id === serviceId)?.service;
  const made = [service, service?.previous].find((one) => one?.specHash === specHash);
  return (made ?? service)?.spec;
}
