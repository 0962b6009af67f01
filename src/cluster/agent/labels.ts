/** Labels of a task's container: Swarm's names, so that what looks for those finds ours. */
export const TASK_LABELS = {
  node: "com.docker.swarm.node.id",
  service: "com.docker.swarm.service.id",
  serviceName: "com.docker.swarm.service.name",
  task: "com.docker.swarm.task.id",
  taskName: "com.docker.swarm.task.name",
} as const;
