import { REGISTRY_OPTIONS } from "../image/credentials.ts";
import { PLATFORM_OPTIONS } from "../image/platform.ts";
import { RUN_LIMIT_OPTIONS } from "./limits.ts";
import { REFUSED_BUILD_OPTIONS } from "./refused.ts";

const OWN_OPTIONS = {
  "add-host": { kind: "list", value: "NAME:IP", help: "Add a line to /etc/hosts of RUN" },
  annotation: { kind: "list", value: "KEY=VALUE", help: "Set an annotation of the manifest" },
  attest: { kind: "list", value: "type=TYPE,disabled=true", help: "Only what switches one off", hidden: true },
  allow: { kind: "list", value: "RIGHT", help: "Allow steps security.insecure or network.host" },
  "build-arg": { kind: "list", value: "NAME=VALUE", help: "Value of an ARG; NAME alone takes the caller's variable" },
  "build-context": { kind: "list", value: "NAME=CONTEXT", help: "A further context, for --from and FROM" },
  "cache-from": { kind: "list", value: "REPOSITORY", help: "Take results of steps from there, or type=local,src=DIR" },
  "cache-to": {
    kind: "list",
    value: "REPOSITORY",
    help: "Send results of steps there; type=local,dest=DIR or type=inline",
  },
  dns: { kind: "list", value: "IP", help: "Name server of RUN" },
  "dns-option": { kind: "list", value: "OPTION", help: "Resolver option of RUN" },
  "dns-search": { kind: "list", value: "DOMAIN", help: "Search domain of RUN" },
  env: { kind: "list", value: "NAME=VALUE", help: "Set a variable of the image; NAME alone takes the caller's" },
  "force-rm": { kind: "flag", on: true, help: "Nothing of a RUN stays, whether it fails or not", hidden: true },
  from: {
    kind: "string",
    value: "IMAGE",
    help: "The base of the first stage, in place of what its FROM names",
    complete: "image",
  },
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
  layers: { kind: "flag", on: true, help: "Every step is a layer of its own; --squash-all makes one", hidden: true },
  load: { kind: "flag", on: true, help: "The image is in the store, always", hidden: true },
  logfile: { kind: "string", value: "FILE", help: "Write progress and output to a file", complete: "file" },
  "metadata-file": {
    kind: "string",
    value: "FILE",
    help: "Write digests and names to a file, as JSON",
    complete: "file",
  },
  network: {
    kind: "string",
    value: "MODE",
    choices: ["default", "bridge", "none", "host"],
    help: "Network of RUN: default, none or host",
  },
  "no-cache": { kind: "flag", help: "Run every step anew" },
  "no-cache-filter": { kind: "list", value: "STAGE", help: "Run every step of a stage anew" },
  "omit-history": { kind: "flag", help: "The image says nothing of how it was made" },
  output: {
    kind: "string",
    short: "o",
    value: "PLACE",
    help: "Write the files, too: FOLDER, - or type=tar,dest=FILE; type=registry pushes",
  },
  progress: {
    kind: "string",
    value: "HOW",
    choices: ["auto", "plain", "tty", "json", "rawjson", "quiet"],
    help: "How progress is shown: a tree on a terminal, else lines",
  },
  manifest: { kind: "string", value: "LIST", help: "Add the image to a manifest list, made where it is missing" },
  platform: {
    kind: "list",
    value: "OS/ARCH[/VARIANT]",
    help: "Build for another platform, or for several",
    complete: "platform",
  },
  provenance: { kind: "string", value: "false", bare: "true", help: "Only false: none is ever made", hidden: true },
  push: { kind: "flag", help: "Push the result to its names' registries" },
  pull: {
    kind: "string",
    value: "POLICY",
    bare: "always",
    choices: ["missing", "always", "never", "newer", "true", "false"],
    help: "When base images are pulled; alone: always (default missing)",
  },
  quiet: { kind: "flag", short: "q", help: "Print the image's id only" },
  rm: { kind: "flag", on: true, help: "Nothing of a RUN stays", hidden: true },
  "skip-unused-stages": { kind: "flag", on: true, help: "Only what the target needs is built", hidden: true },
  squash: { kind: "flag", help: "Make one layer of those that the build adds to its base" },
  "squash-all": { kind: "flag", help: "Make one layer of all, the base's too" },
  tag: { kind: "list", short: "t", value: "NAME[:TAG]", help: "A name of the image" },
  target: { kind: "string", value: "STAGE", help: "Build this stage, not the last one" },
  timestamp: { kind: "integer", value: "SECONDS", help: "All times of the image (seconds since 1970)" },
  sbom: { kind: "string", value: "false", bare: "true", help: "Only false: none is ever made", hidden: true },
  secret: { kind: "list", value: "id=ID,src=FILE", help: "A secret that steps may mount; env=NAME takes a variable" },
  ssh: { kind: "list", value: "default|ID[=SOCKET]", help: "An agent that steps may use (default: SSH_AUTH_SOCK)" },
  "shm-size": { kind: "string", value: "SIZE", help: "Size of /dev/shm of RUN" },
  unsetenv: { kind: "list", value: "NAME", help: "Take a variable out of the image" },
  unsetlabel: { kind: "list", value: "KEY", help: "Take a label of the base out of the image" },
  ulimit: { kind: "list", value: "NAME=SOFT[:HARD]", help: "A resource limit of RUN" },
} as const;

/** The options of `build`, as Podman and Docker name them. */
export const BUILD_OPTIONS: typeof OWN_OPTIONS &
  typeof REGISTRY_OPTIONS &
  Omit<typeof PLATFORM_OPTIONS, "platform"> &
  typeof RUN_LIMIT_OPTIONS &
  typeof REFUSED_BUILD_OPTIONS = {
  ...REGISTRY_OPTIONS,
  ...PLATFORM_OPTIONS,
  ...OWN_OPTIONS,
  ...RUN_LIMIT_OPTIONS,
  ...REFUSED_BUILD_OPTIONS,
};
