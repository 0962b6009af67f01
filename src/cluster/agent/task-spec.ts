import { hostname } from "node:os";
import { readHostFacts } from "../../host/facts.ts";
import { DEFAULT_NETWORK } from "../../network/bridge-networks.ts";
import type { ContainerSpec } from "../../state/container.ts";
import type { NetworkAttachment } from "../../state/spec/network.ts";
import type { TaskNetwork } from "../manager/dispatch.ts";
import type { Task } from "../model/task.ts";
import { expandTemplates, hasTemplates, type TaskFacts } from "../model/templates.ts";
import { TASK_LABELS } from "./labels.ts";

/** The name of a task, and of its container: `web.1.<id>`, with the node's id for one of a global service. */
export function taskName(serviceName: string, { slot, nodeId, id }: Pick<Task, "slot" | "nodeId" | "id">): string {
  return `${serviceName}.${slot === 0 ? nodeId : slot}.${id}`;
}

/** A task with what its container is made from besides the spec. */
export type TaskParts = {
  readonly task: Task;
  readonly serviceName: string;
  readonly networks: readonly TaskNetwork[];
  readonly serviceLabels?: Readonly<Record<string, string>> | undefined;
};

/** What templates can say of a task of this node. */
function factsOf({ task, serviceName, serviceLabels = {} }: TaskParts): TaskFacts {
  const { serviceId, nodeId = "", id, slot } = task;
  const { architecture } = readHostFacts();
  return {
    Service: { ID: serviceId, Name: serviceName, Labels: serviceLabels },
    Node: { ID: nodeId, Hostname: hostname(), Platform: { Architecture: architecture, OS: "linux" } },
    Task: { ID: id, Name: taskName(serviceName, task), Slot: slot === 0 ? nodeId : String(slot) },
  };
}

/** What the container of a task is made from: what the service says, with the task's name, labels, networks and share in the service's ports. Throws `invalid` for a template. */
export function taskSpec(described: ContainerSpec, parts: TaskParts): ContainerSpec {
  const { task, serviceName, networks } = parts;
  const container = hasTemplates(described) ? expandTemplates(described, factsOf(parts)) : described;
  const name = taskName(serviceName, task);
  const attachments = attachmentsOfTask(container.networks, serviceName, networks);
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
      port.share === undefined
        ? port
        : { ...port, share: { group: `service ${task.serviceId}`, standby: true, elsewhere: true } },
    ),
    ...(attachments === undefined ? {} : { networks: attachments }),
  };
}

// On the cluster's networks names are the cluster's to answer: they lead to tasks of all nodes, and only while those get connections.
function attachmentsOfTask(
  asked: readonly NetworkAttachment[] | undefined,
  serviceName: string,
  networks: readonly TaskNetwork[],
): readonly NetworkAttachment[] | undefined {
  if (asked === undefined && networks.length === 0) return undefined;
  const of = new Map(networks.map((network) => [network.name, network]));
  const named = (asked ?? [{ network: DEFAULT_NETWORK }]).map((attachment): NetworkAttachment => {
    const own = of.get(attachment.network);
    of.delete(attachment.network);
    if (own !== undefined) return { ...attachment, ipv4: own.ip, mac: own.mac, aliases: [], ofTask: true };
    if (asked === undefined) return attachment;
    return { ...attachment, aliases: [...(attachment.aliases ?? []), serviceName, `tasks.${serviceName}`] };
  });
  return [
    ...named,
    ...[...of.values()].map(({ name, ip, mac }) => ({ network: name, ipv4: ip, mac, ofTask: true as const })),
  ];
}
