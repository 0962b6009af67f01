import { ENVIRONMENT_OPTIONS } from "../container/options/environment.ts";
import { GENERAL_OPTIONS } from "../container/options/general.ts";
import { IDENTITY_OPTIONS } from "../container/options/identity.ts";
import { UPDATABLE_OPTIONS } from "../container/options/limits.ts";
import { NAMESPACE_OPTIONS } from "../container/options/namespaces.ts";
import { NETWORK_OPTIONS } from "../container/options/network.ts";
import { RESOURCES_OPTIONS } from "../container/options/resources.ts";
import { RESTART_OPTIONS } from "../container/options/restart.ts";
import { SECURITY_OPTIONS } from "../container/options/security.ts";
import { STORAGE_OPTIONS } from "../container/options/storage.ts";

const INFRA_OPTIONS = {
  "infra-command": { kind: "string", value: "COMMAND", help: "Command of the infra container, instead of its image's" },
  "infra-conmon-pidfile": { kind: "string", value: "FILE", help: "Write the pid of its conmon to this file" },
  "infra-name": { kind: "string", value: "NAME", help: "Name of the infra container (default: from the pod's id)" },
} as const;

const OWN_OPTIONS = {
  "exit-policy": {
    kind: "string",
    value: "POLICY",
    choices: ["continue", "stop"],
    help: "When the last container has ended: continue, or stop the pod (default continue)",
  },
  infra: {
    kind: "string",
    value: "BOOL",
    bare: "true",
    choices: ["true", "false"],
    help: "Make an infra container, which holds what is shared (default true)",
  },
  "infra-image": {
    kind: "string",
    value: "IMAGE",
    help: "Image of the infra container (default: our own, which only waits)",
    complete: "image",
  },
  name: { kind: "string", short: "n", value: "NAME", help: "Name of the pod (default: a random one)" },
  "pod-id-file": { kind: "string", value: "FILE", help: "Write the pod's id to this file", complete: "file" },
  replace: { kind: "flag", help: "Remove a pod of the same name first" },
  share: {
    kind: "string",
    value: "LIST",
    help: "What members share: ipc, net, uts (default), pid, cgroup, user, or none; +LIST adds",
  },
  "share-parent": { kind: "flag", on: true, help: "Put the members' cgroups below one of the pod's" },
} as const;

type Picked = Pick<typeof ENVIRONMENT_OPTIONS, "env" | "env-file"> &
  Pick<typeof IDENTITY_OPTIONS, "hostname"> &
  Pick<typeof GENERAL_OPTIONS, "label" | "label-file"> &
  Pick<typeof RESOURCES_OPTIONS, "cgroup-parent" | "shm-size" | "shm-size-systemd"> &
  Pick<typeof SECURITY_OPTIONS, "device" | "device-cgroup-rule" | "gpus" | "security-opt" | "sysctl"> &
  Pick<typeof STORAGE_OPTIONS, "mount" | "secret" | "volume" | "volumes-from">;

const PICKED: Picked = {
  env: ENVIRONMENT_OPTIONS.env,
  "env-file": ENVIRONMENT_OPTIONS["env-file"],
  hostname: IDENTITY_OPTIONS.hostname,
  label: GENERAL_OPTIONS.label,
  "label-file": GENERAL_OPTIONS["label-file"],
  "cgroup-parent": RESOURCES_OPTIONS["cgroup-parent"],
  "shm-size": RESOURCES_OPTIONS["shm-size"],
  "shm-size-systemd": RESOURCES_OPTIONS["shm-size-systemd"],
  device: SECURITY_OPTIONS.device,
  "device-cgroup-rule": SECURITY_OPTIONS["device-cgroup-rule"],
  gpus: SECURITY_OPTIONS.gpus,
  "security-opt": SECURITY_OPTIONS["security-opt"],
  sysctl: SECURITY_OPTIONS.sysctl,
  mount: STORAGE_OPTIONS.mount,
  secret: STORAGE_OPTIONS.secret,
  volume: STORAGE_OPTIONS.volume,
  "volumes-from": STORAGE_OPTIONS["volumes-from"],
};

/** What a pod is told when it is created, and a clone of one too: those options of containers that make sense for all of a pod. */
export const POD_CONFIG_OPTIONS: typeof INFRA_OPTIONS &
  typeof UPDATABLE_OPTIONS &
  typeof NAMESPACE_OPTIONS &
  typeof RESTART_OPTIONS &
  Picked = {
  ...INFRA_OPTIONS,
  ...UPDATABLE_OPTIONS,
  ...NAMESPACE_OPTIONS,
  ...RESTART_OPTIONS,
  ...PICKED,
};

type Hosts = Pick<typeof IDENTITY_OPTIONS, "hosts-file" | "no-hostname" | "no-hosts">;

/** The options of `pod create`. */
export const POD_CREATE_OPTIONS: typeof POD_CONFIG_OPTIONS & typeof OWN_OPTIONS & typeof NETWORK_OPTIONS & Hosts = {
  ...POD_CONFIG_OPTIONS,
  ...OWN_OPTIONS,
  ...NETWORK_OPTIONS,
  "hosts-file": IDENTITY_OPTIONS["hosts-file"],
  "no-hostname": IDENTITY_OPTIONS["no-hostname"],
  "no-hosts": IDENTITY_OPTIONS["no-hosts"],
};
