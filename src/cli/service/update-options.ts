import { RULE_OPTIONS, TASK_OPTIONS, WAIT_OPTIONS } from "./options.ts";

type SingleName = {
  [K in keyof typeof TASK_OPTIONS]: (typeof TASK_OPTIONS)[K]["kind"] extends "list" | "refused" ? never : K;
}[keyof typeof TASK_OPTIONS];

/** Those of a task's options that have one value, which an update replaces. */
export const SINGLE_OPTIONS: { readonly [K in SingleName]: (typeof TASK_OPTIONS)[K] } = Object.fromEntries(
  Object.entries(TASK_OPTIONS).filter(([, { kind }]) => kind !== "list" && kind !== "refused"),
) as { readonly [K in SingleName]: (typeof TASK_OPTIONS)[K] };

const OWN_OPTIONS = {
  image: { kind: "string", value: "IMAGE", help: "Another image", complete: "image" },
  args: { kind: "string", value: "COMMAND", help: "Another command, as one text of words" },
  force: { kind: "flag", help: "Replace all tasks, whether anything has changed or not" },
  rollback: { kind: "flag", help: "Go back to the spec before the last change" },
  "env-add": { kind: "list", value: "KEY=VALUE", help: "Set a variable" },
  "env-rm": { kind: "list", value: "KEY", help: "Take a variable away" },
  "label-add": { kind: "list", value: "KEY=VALUE", help: "Set a label on the service" },
  "label-rm": { kind: "list", value: "KEY", help: "Take a label of the service away" },
  "container-label-add": { kind: "list", value: "KEY=VALUE", help: "Set a label on the containers" },
  "container-label-rm": { kind: "list", value: "KEY", help: "Take a label of the containers away" },
  "constraint-add": { kind: "list", value: "CONSTRAINT", help: "Add a placement constraint" },
  "constraint-rm": { kind: "list", value: "CONSTRAINT", help: "Take a placement constraint away" },
  "placement-pref-add": { kind: "list", value: "spread=LABEL", help: "Add a placement preference" },
  "placement-pref-rm": { kind: "list", value: "spread=LABEL", help: "Take a placement preference away" },
  "publish-add": { kind: "list", value: "HOST:PORT[/PROTO]", help: "Publish a port, or change how" },
  "publish-rm": { kind: "list", value: "PORT[/PROTO]", help: "Do not publish this port of the tasks any more" },
  "mount-add": { kind: "list", value: "TYPE,...", help: "Add a mount, or change the one at its place" },
  "mount-rm": { kind: "list", value: "PATH", help: "Take the mount at this place away" },
  "cap-add": { kind: "list", value: "CAPABILITY", help: "Give the tasks a capability" },
  "cap-drop": { kind: "list", value: "CAPABILITY", help: "Take a capability from the tasks" },
  "dns-add": { kind: "list", value: "IP", help: "Add a DNS server" },
  "dns-rm": { kind: "list", value: "IP", help: "Take a DNS server away" },
  "dns-option-add": { kind: "list", value: "OPTION", help: "Add an option of the resolver" },
  "dns-option-rm": { kind: "list", value: "OPTION", help: "Take an option of the resolver away" },
  "dns-search-add": { kind: "list", value: "DOMAIN", help: "Add a domain that names are looked for in" },
  "dns-search-rm": { kind: "list", value: "DOMAIN", help: "Take such a domain away" },
  "group-add": { kind: "list", value: "GROUP", help: "Add a group of the first process" },
  "group-rm": { kind: "list", value: "GROUP", help: "Take a group of the first process away" },
  "log-opt": { kind: "list", value: "NAME=VALUE", help: "Option of the log driver" },
  "sysctl-add": { kind: "list", value: "NAME=VALUE", help: "Set a kernel parameter of the containers" },
  "sysctl-rm": { kind: "list", value: "NAME", help: "Do not set it any more" },
  "ulimit-add": { kind: "list", value: "NAME=SOFT:HARD", help: "Set a limit of processes" },
  "ulimit-rm": { kind: "list", value: "NAME", help: "Do not set it any more" },
  "host-add": { kind: "list", value: "NAME:IP", help: "Add a line to /etc/hosts" },
  "host-rm": { kind: "list", value: "NAME:IP", help: "Take a line of /etc/hosts away" },
  "network-add": { kind: "list", value: "NAME", help: "Attach the tasks to a network", complete: "network" },
  "network-rm": { kind: "list", value: "NAME", help: "Do not attach them to it any more", complete: "network" },
  "config-add": { kind: "list", value: "NAME,...", help: "Give the tasks a config, or another one at its place" },
  "config-rm": { kind: "list", value: "NAME", help: "Take a config away" },
  "endpoint-mode": {
    kind: "string",
    value: "MODE",
    choices: ["vip", "dnsrr"],
    help: "Its name leads to one address, or to those of its tasks",
  },
  "secret-add": { kind: "list", value: "NAME,...", help: "Give the tasks a secret, or another one at its place" },
  "secret-rm": { kind: "list", value: "NAME", help: "Take a secret away" },
  "with-registry-auth": { kind: "refused", help: "nodes use their own logins: estiba login" },
  "no-resolve-image": { kind: "refused", help: "the registry is asked by the nodes only" },
  "credential-spec": { kind: "refused", help: "it is of Windows" },
  isolation: { kind: "refused", help: "it is of Windows" },
  "generic-resource-add": { kind: "refused", help: "nodes tell only of processors and memory yet" },
  "generic-resource-rm": { kind: "refused", help: "nodes tell only of processors and memory yet" },
} as const;

export const UPDATE_OPTIONS: typeof SINGLE_OPTIONS & typeof RULE_OPTIONS & typeof WAIT_OPTIONS & typeof OWN_OPTIONS = {
  ...SINGLE_OPTIONS,
  ...RULE_OPTIONS,
  ...WAIT_OPTIONS,
  ...OWN_OPTIONS,
};
