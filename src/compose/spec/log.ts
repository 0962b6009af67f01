import { parseDecimalSize } from "../../lib/size.ts";
import type { ContainerSpec } from "../../state/container.ts";
import type { LogDriver, LogSpec } from "../../state/spec/log.ts";
import { refuseAttribute, type SpecContext } from "./context.ts";

const DRIVERS: Readonly<Record<string, LogDriver>> = {
  "json-file": "json-file",
  "k8s-file": "k8s-file",
  // Docker's own compact format; here, too, a file that only the engine reads.
  local: "k8s-file",
  journald: "journald",
  none: "none",
};

/** Where a service's output is kept. */
export function logPart(context: SpecContext): Pick<ContainerSpec, "log"> {
  const { logging } = context.service;
  const driver = DRIVERS[logging?.driver ?? "k8s-file"];
  if (driver === undefined) {
    throw refuseAttribute(context, {
      path: ["logging", "driver"],
      why: `there is no log driver "${logging?.driver}"`,
      fix: `known: ${Object.keys(DRIVERS).join(", ")}`,
    });
  }
  const parts = Object.entries(logging?.options ?? {}).map(([name, value]) => optionOf(context, name, value));
  return { log: Object.assign({ driver }, ...parts) as LogSpec };
}

function optionOf(context: SpecContext, name: string, value: string): Partial<LogSpec> {
  const bad = (why: string): Error => refuseAttribute(context, { path: ["logging", "options", name], why });
  switch (name) {
    case "max-size": {
      if (value === "-1") return {};
      const sizeMax = parseDecimalSize(value);
      if (sizeMax === undefined || sizeMax === 0) throw bad(`"${value}" is no size`);
      return { sizeMax, sizeText: value };
    }
    case "max-file":
      if (!/^[1-9]\d{0,3}$/.test(value)) throw bad(`"${value}" is no number of files`);
      return { fileMax: Number(value) };
    case "tag":
      return value === "" ? {} : { tag: value };
    case "labels":
    case "env":
      return { [name]: value.split(",").filter((word) => word !== "") };
    case "mode":
      if (value !== "blocking") throw bad("only blocking works: conmon waits until output is written");
      return {};
    case "compress":
      if (value === "true") throw bad("files of a log are kept as they were written");
      return {};
    default:
      throw bad("no log driver here has this option");
  }
}
