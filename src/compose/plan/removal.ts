import type { ObservedContainer } from "./observed.ts";
import type { Step } from "./step.ts";

/** The steps that take a container away: stopped where it has a process, then removed. The last one's id is what others wait for. */
export function removal(
  { id, name, service, status }: ObservedContainer,
  { volumes, after = [] }: { readonly volumes: boolean; readonly after?: readonly string[] },
): Step[] {
  const stopped = status === "created" || status === "exited";
  const remove: Step = {
    id: `remove:${id}`,
    after: stopped ? after : [`stop:${id}`],
    action: { kind: "remove", id, name, volumes },
  };
  return stopped ? [remove] : [{ id: `stop:${id}`, after, action: { kind: "stop", id, name, service } }, remove];
}
