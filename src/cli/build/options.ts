import { REGISTRY_OPTIONS } from "../image/credentials.ts";

const OWN_OPTIONS = {
  "add-host": { kind: "list", value: "NAME:IP", help: "Add a line to /etc/hosts of RUN" },
  allow: { kind: "list", value: "RIGHT", help: "Allow steps security.insecure or network.host" },
  "build-arg": { kind: "list", value: "NAME=VALUE", help: "Value of an ARG; NAME alone takes the caller's variable" },
  "build-context": { kind: "list", value: "NAME=CONTEXT", help: "A further context, for --from and FROM" },
  dns: { kind: "list", value: "IP", help: "Name server of RUN" },
  "dns-option": { kind: "list", value: "OPTION", help: "Resolver option of RUN" },
  "dns-search": { kind: "list", value: "DOMAIN", help: "Search domain of RUN" },
  file: {
    kind: "list",
    short: "f",
    value: "FILE",
    help: "The Containerfile, also an address; - reads stdin",
    complete: "file",
  },
  format: { kind: "string", value: "FORMAT", choices: ["oci", "docker"], help: "Manifest format (default oci)" },
  "http-proxy": { kind: "flag", on: true, help: "Pass the caller's proxy variables on to RUN" },
  ignorefile: { kind: "string", value: "FILE", help: "Ignore file instead of the usual ones", complete: "file" },
  iidfile: { kind: "string", value: "FILE", help: "Write the image's id to a file", complete: "file" },
  jobs: { kind: "integer", value: "N", help: "Steps at the same time (default: one for each CPU)" },
  label: { kind: "list", value: "KEY=VALUE", help: "Set a label of the image" },
  network: {
    kind: "string",
    value: "MODE",
    choices: ["default", "bridge", "none", "host"],
    help: "Network of RUN: default, none or host",
  },
  "no-cache": { kind: "flag", help: "Run every step anew" },
  "no-cache-filter": { kind: "list", value: "STAGE", help: "Run every step of a stage anew" },
  progress: {
    kind: "string",
    value: "HOW",
    choices: ["auto", "plain", "tty", "json", "rawjson"],
    help: "How progress is shown: a tree on a terminal, else lines",
  },
  pull: {
    kind: "string",
    value: "POLICY",
    choices: ["missing", "always", "never", "newer", "true", "false"],
    help: "When base images are pulled (default missing)",
  },
  quiet: { kind: "flag", short: "q", help: "Print the image's id only" },
  tag: { kind: "list", short: "t", value: "NAME[:TAG]", help: "A name of the image" },
  target: { kind: "string", value: "STAGE", help: "Build this stage, not the last one" },
  timestamp: { kind: "integer", value: "SECONDS", help: "All times of the image (seconds since 1970)" },
  memory: { kind: "string", short: "m", value: "SIZE", help: "Memory limit of RUN, such as 512m" },
  "cpu-shares": { kind: "integer", value: "N", help: "Relative weight of RUN's CPU time" },
  secret: { kind: "list", value: "id=ID,src=FILE", help: "A secret that steps may mount; env=NAME takes a variable" },
  ssh: { kind: "list", value: "default|ID[=SOCKET]", help: "An agent that steps may use (default: SSH_AUTH_SOCK)" },
  "shm-size": { kind: "string", value: "SIZE", help: "Size of /dev/shm of RUN" },
  ulimit: { kind: "list", value: "NAME=SOFT[:HARD]", help: "A resource limit of RUN" },
} as const;

/** The options of `build`, as Podman and Docker name them. */
export const BUILD_OPTIONS: typeof OWN_OPTIONS & typeof REGISTRY_OPTIONS = { ...OWN_OPTIONS, ...REGISTRY_OPTIONS };
