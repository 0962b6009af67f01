import { RULE_OPTIONS, TASK_OPTIONS, WAIT_OPTIONS } from "./options.ts";

const OWN_OPTIONS = {
  name: { kind: "string", value: "NAME", help: "Its name (default: a random one)" },
  label: { kind: "list", short: "l", value: "KEY=VALUE", help: "Set a label on the service" },
  "container-label": { kind: "list", value: "KEY=VALUE", help: "Set a label on the containers of its tasks" },
  mode: {
    kind: "string",
    value: "MODE",
    choices: ["replicated", "global", "replicated-job", "global-job", "scheduled"],
    help: "So many tasks, one on each node, or such that end (default replicated)",
  },
  constraint: { kind: "list", value: "CONSTRAINT", help: "Only on nodes that fulfil it, such as node.labels.zone==eu" },
  "placement-pref": { kind: "list", value: "spread=LABEL", help: "Equally many tasks for each value of a label" },
  publish: { kind: "list", short: "p", value: "HOST:PORT[/PROTO]", help: "Publish a port on all nodes" },
  host: { kind: "list", value: "NAME:IP", help: "Add a line to /etc/hosts" },
  group: { kind: "list", value: "GROUP", help: "Further groups of its first process" },
  config: { kind: "list", value: "NAME,...", help: "Give the tasks a config of the cluster, as a file" },
  "credential-spec": { kind: "refused", help: "it is of Windows" },
  "endpoint-mode": {
    kind: "string",
    value: "MODE",
    choices: ["vip", "dnsrr"],
    help: "Its name leads to one address, or to those of its tasks",
  },
  "generic-resource": { kind: "refused", help: "nodes tell only of processors and memory yet" },
  "no-resolve-image": { kind: "refused", help: "the registry is asked by the nodes only" },
  secret: {
    kind: "list",
    value: "NAME,...",
    help: "Give the tasks a secret of the cluster, as a file",
    complete: "none",
  },
  "with-registry-auth": { kind: "refused", help: "nodes use their own logins: estiba login" },
} as const;

/** Options of `service create`: nearly all that `create` has, for each task, and how there come to be tasks. */
export const CREATE_OPTIONS: typeof TASK_OPTIONS & typeof RULE_OPTIONS & typeof WAIT_OPTIONS & typeof OWN_OPTIONS = {
  ...TASK_OPTIONS,
  ...RULE_OPTIONS,
  ...WAIT_OPTIONS,
  ...OWN_OPTIONS,
};
