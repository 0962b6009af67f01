import type { ContainerSpec } from "../../../state/container.ts";
import type { Values } from "../../command.ts";
import type { Cli } from "../../context.ts";
import { badOption } from "../bad-option.ts";
import { readIdFile } from "../id-file.ts";

/** Which pod a container is in, and what it needs to run: options of `run` and `create`, as Podman names them. */
export const POD_OPTIONS = {
  pod: { kind: "string", value: "NAME|new:NAME", help: "Make it a member of a pod, or of a new one", complete: "pod" },
  "pod-id-file": { kind: "string", value: "FILE", help: "Read the pod's id from a file", complete: "file" },
  requires: {
    kind: "list",
    value: "CONTAINER[,...]",
    help: "Containers that are started before it",
    complete: "container",
  },
} as const;

/** Throws `not_found` for a file that is not there, `invalid` for a pod that is named in both ways. */
export function podOf(values: Values<typeof POD_OPTIONS>): Partial<Pick<ContainerSpec, "pod" | "requires">> {
  const file = values["pod-id-file"];
  if (values.pod !== undefined && file !== undefined)
    throw badOption("--pod-id-file", file, "possible together with --pod", "leave out one of the two");
  const id = values.pod ?? (file === undefined ? "" : readIdFile(file, "pod"));
  const requires = values.requires.flatMap((text) => text.split(",")).filter((name) => name !== "");
  return {
    ...(id === "" ? {} : { pod: { id } }),
    ...(requires.length === 0 ? {} : { requires }),
  };
}

/** Makes a container whose pod is there: `new:NAME` makes it first. */
export async function inItsPod<T>(
  cli: Cli,
  spec: ContainerSpec,
  make: (spec: ContainerSpec) => Promise<T>,
): Promise<T> {
  if (spec.pod?.id.startsWith("new:") !== true) return await make(spec);
  return await (await import("../../pod/new-pod.ts")).inNewPod(cli, spec, make);
}
