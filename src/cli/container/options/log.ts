import { resolve } from "node:path";
import { EstibaError } from "../../../lib/error.ts";
import { present } from "../../../lib/present.ts";
import { parseDecimalSize } from "../../../lib/size.ts";
import type { ContainerSpec } from "../../../state/container.ts";
import { isFileLog, type LogDriver, type LogSpec } from "../../../state/spec/log.ts";
import type { Values } from "../../command.ts";
import { badOption } from "../bad-option.ts";

/** Where a container's output is kept: options of `run` and `create`, as Podman names them. */
export const LOG_OPTIONS = {
  "log-driver": {
    kind: "string",
    value: "DRIVER",
    help: "Where output is kept",
    choices: ["k8s-file", "json-file", "journald", "passthrough", "none"],
  },
  "log-opt": {
    kind: "list",
    value: "KEY=VALUE",
    help: "Option of the log driver: max-size, max-file, path, tag, labels, env",
  },
} as const;

/** What of `--log-driver` and `--log-opt` fits together. Throws `invalid`, and `unsupported` for what cannot work here. */
export function logOf(values: Values<typeof LOG_OPTIONS>): Pick<ContainerSpec, "log"> {
  const driver = (values["log-driver"] ?? "k8s-file") as LogDriver;
  const log: LogSpec = Object.assign({ driver }, ...values["log-opt"].map(optionOf)) as LogSpec;
  const forFiles = ["path", "sizeMax", "fileMax"].filter((key) => key in log);
  if (!isFileLog(log) && forFiles.length > 0)
    throw refused("--log-opt", `the log driver ${driver} has no file whose size or path could be set`);
  if (log.fileMax !== undefined && log.fileMax > 1 && log.sizeMax === undefined)
    throw badOption(
      "--log-opt max-file",
      String(log.fileMax),
      "possible without max-size",
      "add --log-opt max-size=10m",
    );
  return { log };
}

type LogOption = (value: string) => Partial<LogSpec>;

const OPTIONS: Readonly<Record<string, LogOption>> = {
  "max-size": (value) => {
    if (value === "-1") return {};
    const sizeMax = parseDecimalSize(value);
    if (sizeMax === undefined || sizeMax === 0)
      throw badOption("--log-opt max-size", value, "a size", "for example 10m");
    return { sizeMax, sizeText: value };
  },
  "max-file": (value) => {
    if (!/^[1-9]\d{0,3}$/.test(value)) throw badOption("--log-opt max-file", value, "a number of files");
    return { fileMax: Number(value) };
  },
  path: (value) => {
    // conmon takes it apart at colons.
    if (value === "" || value.includes(":")) throw badOption("--log-opt path", value, "a path without a colon");
    return { path: resolve(value) };
  },
  tag: (value) => present({ tag: value === "" ? undefined : value }),
  labels: (value) => ({ labels: names(value) }),
  env: (value) => ({ env: names(value) }),
  mode: (value) => {
    if (value === "non-blocking")
      throw refused("--log-opt mode=non-blocking", "conmon waits until output is written: nothing is lost");
    if (value !== "blocking") throw badOption("--log-opt mode", value, "blocking");
    return {};
  },
  compress: (value) => {
    if (value === "true") throw refused("--log-opt compress", "files of a log are kept as they were written");
    if (value !== "false") throw badOption("--log-opt compress", value, "false");
    return {};
  },
};

function optionOf(text: string): Partial<LogSpec> {
  const equals = text.indexOf("=");
  const key = equals < 0 ? text : text.slice(0, equals);
  const read = OPTIONS[key.toLowerCase()];
  if (read !== undefined && equals > 0) return read(text.slice(equals + 1));
  throw badOption("--log-opt", text, "an option of a log driver", `known: ${Object.keys(OPTIONS).join(", ")}`);
}

function names(list: string): string[] {
  return list.split(",").filter((name) => name !== "");
}

function refused(option: string, why: string): EstibaError {
  return new EstibaError("unsupported", {
    reason: "cli.refused_option",
    what: `${option} cannot work here: ${why}`,
    details: { option },
  });
}
