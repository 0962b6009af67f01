import { CONTAINER_OPTIONS } from "../container/options.ts";
import { type StepOptions, stepOptions } from "./step-options.ts";

const COUNT_OPTIONS = {
  "limit-cpu": { kind: "string", value: "CPUS", help: "The most processors that a task may use" },
  "limit-memory": { kind: "string", value: "SIZE", help: "The most memory that a task may use" },
  "limit-pids": { kind: "integer", value: "N", help: "The most processes that a task may have" },
  "reserve-cpu": { kind: "string", value: "CPUS", help: "Processors that a node must have left for a task" },
  "reserve-memory": { kind: "string", value: "SIZE", help: "Memory that a node must have left for a task" },
  replicas: { kind: "integer", value: "N", help: "Number of tasks (default 1)" },
  "replicas-max-per-node": { kind: "integer", value: "N", help: "The most tasks on one node, 0 for no limit" },
  "max-concurrent": { kind: "integer", value: "N", help: "Tasks of a job that run at once (default: all)" },
  placement: {
    kind: "string",
    value: "HOW",
    choices: ["spread", "binpack"],
    help: "Use nodes evenly (default), or fill them",
  },
  "autoscale-min": { kind: "integer", value: "N", help: "The fewest tasks of one that is autoscaled (default 1)" },
  "autoscale-max": { kind: "integer", value: "N", help: "The most tasks: have them counted by what they use" },
  "autoscale-cpu": { kind: "string", value: "CPUS", help: "What each is to use: 0.5, or 70% of what it reserves" },
  "autoscale-memory": { kind: "string", value: "SIZE", help: "What each is to use: 200m, or 80% of what it reserves" },
  "autoscale-metric": { kind: "string", value: "URL", help: "Answers a number, which the tasks share" },
  "autoscale-target": { kind: "string", value: "N", help: "The part of that number for each task" },
  "autoscale-window": {
    kind: "string",
    value: "DURATION",
    help: "Tasks go when fewer did for so long (default 5m)",
  },
  schedule: { kind: "string", value: "CRON", help: "When a job runs: minute hour day month weekday, or @daily" },
  "schedule-timezone": { kind: "string", value: "ZONE", help: "The zone whose clock counts (default UTC)" },
  "schedule-overlap": {
    kind: "string",
    value: "HOW",
    choices: ["allow", "forbid", "replace"],
    help: "A run that is due while one goes on (default forbid)",
  },
  "schedule-deadline": { kind: "string", value: "DURATION", help: "How late a missed run may begin (default 10m)" },
  "schedule-history": { kind: "integer", value: "N", help: "Ended runs that are kept (default 5)" },
  rebalance: { kind: "flag", help: "Move tasks to nodes that come, one at a time, the new one first" },
  "restart-condition": {
    kind: "string",
    value: "WHEN",
    choices: ["any", "on-failure", "none"],
    help: "When an ended task is followed by another (default any)",
  },
  "restart-delay": {
    kind: "string",
    value: "DURATION",
    help: "Before the first restart; doubles each time (default 1s)",
  },
  "restart-max-attempts": { kind: "integer", value: "N", help: "The most restarts of a slot, 0 for no limit" },
  "restart-window": { kind: "string", value: "DURATION", help: "The time in which they are counted, 0s for ever" },
  "stop-grace-period": { kind: "string", value: "DURATION", help: "Between the stop signal and SIGKILL (default 10s)" },
} as const;

/** How a service's tasks are counted, placed, updated and started again: options of `service create` and `service update`. */
export const RULE_OPTIONS: typeof COUNT_OPTIONS & StepOptions<"update"> & StepOptions<"rollback"> = {
  ...COUNT_OPTIONS,
  ...stepOptions("update", {
    counts: "Tasks updated",
    fails: "When too many new tasks fail",
    actions: ["pause", "continue", "rollback"],
  }),
  ...stepOptions("rollback", {
    counts: "Tasks rolled back",
    fails: "When too many tasks fail",
    actions: ["pause", "continue"],
  }),
};

/** Whether a command waits for what it has asked for. */
export const WAIT_OPTIONS = {
  detach: { kind: "flag", short: "d", help: "Do not wait until it is so" },
  quiet: { kind: "flag", short: "q", help: "Do not show the progress" },
} as const;

/** What a container has and a task has not, or has by another name. */
const NOT_OF_TASKS = [
  "cidfile",
  "label",
  "name",
  "replace",
  "rm",
  "pull",
  "quiet",
  "creds",
  "authfile",
  "cert-dir",
  "tls-verify",
  "disable-content-trust",
  "platform",
  "os",
  "arch",
  "variant",
  "rootfs",
  "conmon-pidfile",
  "pidfile",
  "interactive",
  "add-host",
  "group-add",
  "cpus",
  "memory",
  "pids-limit",
  "stop-timeout",
  "publish",
  "publish-group",
  "publish-standby",
  "publish-all",
  "ip",
  "ip6",
  "mac-address",
  "secret",
  "volumes-from",
  "pod",
  "pod-id-file",
  "requires",
  "restart",
] as const;

type TaskOptionName = Exclude<keyof typeof CONTAINER_OPTIONS, (typeof NOT_OF_TASKS)[number]>;

/** Options of `create` that tasks have, too. */
export const TASK_OPTIONS: { readonly [K in TaskOptionName]: (typeof CONTAINER_OPTIONS)[K] } = Object.fromEntries(
  Object.entries(CONTAINER_OPTIONS).filter(([name]) => !NOT_OF_TASKS.some((other) => other === name)),
) as { readonly [K in TaskOptionName]: (typeof CONTAINER_OPTIONS)[K] };
