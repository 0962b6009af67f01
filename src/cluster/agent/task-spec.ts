import type { ContainerSpec } from "../../state/container.ts";
import type { Task } from "../model/task.ts";
import { TASK_LABELS } from "./labels.ts";

/** The name of a task, and of its container: `web.1.<id>`, with the node's id for one of a global service. */
function taskName(serviceName: string, { slot, nodeId, id }: Pick<Task, "slot" | "nodeId" | "id">): string {
  return `${serviceName}.${slot === 0 ? nodeId : slot}.${id}`;
}

/** What the container of a task is made from: what the service says, with the task's name, labels and share in the service's ports. */
export function taskSpec(container: ContainerSpec, task: Task, serviceName: string): ContainerSpec {
  const name = taskName(serviceName, task);
  return {
    ...container,
    name,
    labels: {
      ...container.labels,
      [TASK_LABELS.node]: task.nodeId ?? "",
      [TASK_LABELS.service]: task.serviceId,
      [TASK_LABELS.serviceName]: serviceName,
      [TASK_LABELS.task]: task.id,
      [TASK_LABELS.taskName]: name,
    },
    // Nothing comes in before it runs, and is healthy where it is checked.
    ports: container.ports.map((port) =>
      port.share === undefined ? port : { ...port, share: { group: `service ${task.serviceId}`, standby: true } },
    ),
    ...(container.networks === undefined
      ? {}
      : {
          networks: container.networks.map((attachment) => ({
            ...attachment,
            aliases: [...(attachment.aliases ?? []), serviceName, `tasks.${serviceName}`],
          })),
        }),
  };
}
