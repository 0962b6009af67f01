import { IDENTITY_OPTIONS } from "../container/options/identity.ts";
import { LOG_OPTIONS } from "../container/options/log.ts";
import { REGISTRY_OPTIONS } from "../image/credentials.ts";

const OWN_OPTIONS = {
  annotation: { kind: "list", value: "KEY=VALUE", help: "Add an annotation to the containers of all pods" },
  build: {
    kind: "string",
    value: "WHETHER",
    bare: "true",
    choices: ["true", "false"],
    help: "Build images that have a folder of their name with a Containerfile, even those that are here (false: none)",
  },
  configmap: { kind: "list", value: "FILE", help: "Take ConfigMaps from a further YAML file", complete: "file" },
  "context-dir": {
    kind: "string",
    value: "DIR",
    help: "With --build, where the folders of images are (default: the current one)",
    complete: "directory",
  },
  down: { kind: "flag", help: "Take the pods down, as estiba kube down does", hidden: true },
  force: { kind: "flag", help: "With --down, remove claimed volumes too", hidden: true },
  ip: { kind: "list", value: "IP", help: "Address of the first pod; given again, of the next one" },
  "mac-address": { kind: "list", value: "MAC", help: "MAC address of the first pod; given again, of the next one" },
  network: {
    kind: "list",
    aliases: ["net"],
    value: "NAME[:KEY=VALUE,...]",
    help: "Network of the pods instead of their own: a name, host or none",
    offered: ["host", "none"],
    complete: "network",
  },
  publish: {
    kind: "list",
    value: "[IP:][HOST:]PORT[/PROTO]",
    help: "Publish a port of all pods, in place of what the file says of it",
  },
  "publish-all": { kind: "flag", help: "Publish each containerPort at the host's port of that number" },
  quiet: { kind: "flag", short: "q", help: "Do not tell about pulling" },
  replace: { kind: "flag", help: "Take down what the file made before, then play it" },
  "seccomp-profile-root": {
    kind: "string",
    value: "DIR",
    help: "Where localhostProfile is looked for (default /var/lib/kubelet/seccomp)",
    complete: "directory",
  },
  start: { kind: "flag", on: true, help: "Start the pods when they are made" },
  userns: {
    kind: "string",
    value: "MODE",
    help: "User namespace of the pods: host, auto, keep-id",
    offered: ["host", "auto", "keep-id"],
  },
  "service-container": { kind: "refused", help: "a unit of systemd needs none: the pods are known by the file" },
  wait: { kind: "refused", help: "use estiba wait for the containers, then estiba kube down" },
} as const;

type Picked = typeof LOG_OPTIONS &
  Pick<typeof IDENTITY_OPTIONS, "no-hostname" | "no-hosts"> &
  Pick<typeof REGISTRY_OPTIONS, "authfile" | "cert-dir" | "creds" | "tls-verify">;

const PICKED: Picked = {
  ...LOG_OPTIONS,
  "no-hostname": IDENTITY_OPTIONS["no-hostname"],
  "no-hosts": IDENTITY_OPTIONS["no-hosts"],
  authfile: REGISTRY_OPTIONS.authfile,
  "cert-dir": REGISTRY_OPTIONS["cert-dir"],
  creds: REGISTRY_OPTIONS.creds,
  "tls-verify": REGISTRY_OPTIONS["tls-verify"],
};

/** Options of `kube play`, as Podman names them. */
export const PLAY_OPTIONS: typeof OWN_OPTIONS & Picked = { ...PICKED, ...OWN_OPTIONS };
