import type { ServiceSummary, TaskRow } from "../door/wire.ts";
import { isJob, type Service, type ServiceSpec } from "../model/service.ts";
import type { Task } from "../model/task.ts";
import { iterationOf, taskTemplate } from "./service-document.ts";
import { ownPorts } from "./task.ts";

/** A task with Docker's fields; its spec is the one that it was made from, as long as that is kept. */
export function taskDocument(
  { task, version }: TaskRow,
  summary: Pick<ServiceSummary, "service" | "networks"> | undefined,
): Record<string, unknown> {
  const { id, createdAt, serviceId, nodeId, status, desired } = task;
  const spec = specOf(summary?.service, task);
  return {
    ID: id,
    Version: { Index: version },
    CreatedAt: new Date(createdAt).toISOString(),
    UpdatedAt: new Date(status.at).toISOString(),
    Labels: {},
    Spec: spec === undefined ? { ContainerSpec: { Image: "" } } : taskTemplate(spec, summary?.networks ?? {}),
    ServiceID: serviceId,
    ...slotOf(spec, task),
    ...(nodeId === undefined ? {} : { NodeID: nodeId }),
    Status: statusDocument(task, spec),
    DesiredState: desired,
    NetworksAttachments: [],
    ...(spec !== undefined && isJob(spec) ? { JobIteration: { Index: iterationOf(task) } } : {}),
  };
}

function specOf(service: Service | undefined, { specHash }: Task): ServiceSpec | undefined {
  const made = [service, service?.previous].find((one) => one?.specHash === specHash);
  return (made ?? service)?.spec;
}

// Swarm counts the tasks of a job from 0, and its client counts on that.
function slotOf(spec: ServiceSpec | undefined, { slot }: Task): { Slot?: number } {
  if (slot === 0) return {};
  return { Slot: spec?.mode.kind === "replicated-job" ? slot - 1 : slot };
}

function statusDocument(task: Task, spec: ServiceSpec | undefined): Record<string, unknown> {
  const { at, state, message, error, containerId, exitCode } = task.status;
  const ports = ownPorts(task, spec);
  return {
    Timestamp: new Date(at).toISOString(),
    State: state,
    Message: message,
    ...(error === undefined ? {} : { Err: error }),
    ...(containerId === undefined
      ? {}
      : { ContainerStatus: { ContainerID: containerId, PID: 0, ExitCode: exitCode ?? 0 } }),
    PortStatus: ports.length === 0 ? {} : { Ports: ports },
  };
}
