import type { ContainerSpec } from "../../../state/container.ts";
import type { Values } from "../../command.ts";
import { badOption } from "../bad-option.ts";
import { sizeOf } from "./values.ts";

/** Where a container's output is kept: options of `run` and `create`, as Podman names them. */
export const LOG_OPTIONS = {
  "log-driver": {
    kind: "string",
    value: "DRIVER",
    help: "Where output is kept",
    choices: ["k8s-file", "json-file", "none"],
  },
  "log-opt": { kind: "list", value: "KEY=VALUE", help: "Option of the log driver: max-size=SIZE" },
} as const;

export function logOf(values: Values<typeof LOG_OPTIONS>): Pick<ContainerSpec, "logDriver" | "logSizeMax"> {
  return {
    logDriver: values["log-driver"] === "none" ? "none" : "k8s-file",
    ...logOptions(values["log-opt"]),
  };
}

function logOptions(list: readonly string[]): { logSizeMax?: number } {
  let sizeMax: number | undefined;
  for (const text of list) {
    if (!text.startsWith("max-size=")) throw badOption("--log-opt", text, "supported", "supported: max-size=SIZE");
    sizeMax = sizeOf("--log-opt max-size", text.slice("max-size=".length));
  }
  return sizeMax === undefined ? {} : { logSizeMax: sizeMax };
}
