import { present } from "../../../lib/present.ts";
import type { ContainerSpec } from "../../../state/container.ts";
import type { Values } from "../../command.ts";
import { badOption } from "../bad-option.ts";
import { readEnvironmentFile } from "../environment.ts";
import { keyValues } from "./values.ts";

/** A container's identity and how it is made: options of `run` and `create`, as Podman names them. */
export const GENERAL_OPTIONS = {
  annotation: { kind: "list", value: "KEY=VALUE", help: "Add an annotation for the OCI runtime" },
  cidfile: { kind: "string", value: "FILE", help: "Write the container's id to this file", complete: "file" },
  label: { kind: "list", short: "l", value: "KEY=VALUE", help: "Set a label" },
  "label-file": { kind: "list", value: "FILE", help: "Read labels from a file, a line each", complete: "file" },
  name: { kind: "string", value: "NAME", help: "Name of the container (default: a random one)" },
  replace: { kind: "flag", help: "Remove a container of the same name first" },
  rm: { kind: "flag", help: "Remove the container when it ends" },
  "seccomp-policy": {
    kind: "string",
    value: "default",
    hidden: true,
    help: "Where the seccomp profile comes from",
    choices: ["default"],
  },
  runtime: { kind: "string", value: "NAME|PATH", help: "OCI runtime for this container", complete: "runtime" },
  "volume-driver": {
    kind: "string",
    value: "local",
    hidden: true,
    help: "What manages its volumes",
    choices: ["local"],
  },
} as const;

type General = Pick<ContainerSpec, "labels" | "annotations" | "autoRemove"> &
  Partial<Pick<ContainerSpec, "name" | "runtime">>;

export function generalOf(values: Values<typeof GENERAL_OPTIONS>): General {
  return {
    ...present({ name: values.name === "" ? undefined : values.name, runtime: values.runtime }),
    labels: keyValues("--label", [...values["label-file"].flatMap(readEnvironmentFile), ...values.label]),
    annotations: annotationsOf(values.annotation),
    autoRemove: values.rm,
  };
}

// These switch safeguards of crun off, or on.
function annotationsOf(list: readonly string[]): Record<string, string> {
  const own = list.find((text) => text.startsWith("run.oci."));
  if (own !== undefined) throw badOption("--annotation", own, "allowed", "those of crun (run.oci.*) are Estiba's own");
  return keyValues("--annotation", list);
}
