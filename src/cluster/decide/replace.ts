import type { Service } from "../model/service.ts";
import type { Task } from "../model/task.ts";
import { type Draft, want } from "./draft.ts";
import { makeTask } from "./make-task.ts";

/** Has another task take the place of one that runs: when it has ended, or before it is stopped. */
export function replaceTask(draft: Draft, service: Service, old: Task, order: "stop-first" | "start-first"): void {
  const place = { slot: old.slot, nodeId: old.slot === 0 ? old.nodeId : undefined };
  if (order === "start-first") {
    makeTask(draft, service, place);
    return;
  }
  want(draft, old, "shutdown");
  makeTask(draft, service, { ...place, after: old.id });
}
