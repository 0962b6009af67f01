import type { ServiceSummary, TaskRow } from "../../../cluster/door/wire.ts";
import { isWanted } from "../../../cluster/model/task.ts";
import { taskDocument } from "../../../cluster/views/task-document.ts";
import { matchesLabel } from "../../../engine/label-filter.ts";
import { ApiError } from "../../http/api-error.ts";
import { type Call, ok, type Reply } from "../../http/call.ts";
import { askManager } from "./ask.ts";
import { filterOf, type Tests } from "./filter.ts";

/** A task with its service; that is undefined when it was removed. */
export type OwnedTask = { readonly row: TaskRow; readonly summary: ServiceSummary | undefined };

const TESTS: Tests<OwnedTask> = {
  id: ({ row }, value) => row.task.id.startsWith(value),
  name: ({ row }, value) => nameOf(row).startsWith(value),
  node: ({ row }, value) => row.task.nodeId === value || row.nodeName === value,
  service: ({ row }, value) => row.task.serviceId === value || row.serviceName === value,
  "desired-state": ({ row }, value) =>
    row.task.desired === value ||
    (value === "running" && isWanted(row.task)) ||
    (value === "shutdown" && !isWanted(row.task)),
  // Those of a task are its service's: stacks are found by them.
  label: ({ summary }, value) => matchesLabel(summary?.service.spec.labels ?? {}, value),
  runtime: (_, value) => value === "container",
  "_up-to-date": ({ row, summary }, value) => (row.task.specHash === summary?.service.specHash) === (value === "true"),
};

/** The keys of `filters` of `/tasks`. */
export const TASK_FILTERS: readonly string[] = Object.keys(TESTS);

function nameOf({ serviceName, task: { slot, nodeId, id } }: TaskRow): string {
  return `${serviceName}.${slot === 0 ? nodeId : slot}.${id}`;
}

/** All tasks of the cluster. */
export async function ownedTasks(call: Call): Promise<OwnedTask[]> {
  const ask = await askManager(call);
  const services = await ask<ServiceSummary[]>("GET", "/services");
  const rows = await ask<TaskRow[]>("GET", "/tasks");
  const byId = new Map(services.map((summary) => [summary.service.id, summary]));
  return rows.map((row) => ({ row, summary: byId.get(row.task.serviceId) }));
}

/** `GET /tasks` */
export async function listTasks(call: Call): Promise<Reply> {
  const matches = filterOf(call.query.filters(), TESTS);
  const tasks = await ownedTasks(call);
  return ok(tasks.filter(matches).map(({ row, summary }) => taskDocument(row, summary)));
}

/** `GET /tasks/{id}` */
export async function inspect(call: Call): Promise<Reply> {
  const { row, summary } = findTask(await ownedTasks(call), call.params["id"] ?? "");
  return ok(taskDocument(row, summary));
}

/** The task of this id, or the only one whose id begins so. Throws 404, in Docker's words. */
export function findTask(tasks: readonly OwnedTask[], id: string): OwnedTask {
  const exact = tasks.find(({ row }) => row.task.id === id);
  const [only, second] = exact === undefined ? tasks.filter(({ row }) => row.task.id.startsWith(id)) : [exact];
  if (only !== undefined && second === undefined) return only;
  throw new ApiError(404, only === undefined ? `task ${id} not found` : `task ${id} is ambiguous: give more of its id`);
}
