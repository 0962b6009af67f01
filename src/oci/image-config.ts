import { type Digest, isDigest } from "./digest.ts";
import {
  asArray,
  asObject,
  asOptionalString,
  asStringMap,
  asStrings,
  badDocument,
  type JsonObject,
  parseJsonObject,
} from "./json.ts";

/** How an image asks to be checked; durations in nanoseconds, as the format has them. Fields that are absent are left to defaults. */
export type Healthcheck = {
  test: string[];
  intervalNs?: number;
  timeoutNs?: number;
  startPeriodNs?: number;
  startIntervalNs?: number;
  retries?: number;
};

/** What a container made from the image does unless told otherwise (OCI config.md, "config"). */
export type ProcessDefaults = {
  user: string;
  /** Only KEY=VALUE; a bare KEY, which some engines fill from the host, is dropped on reading. */
  env: string[];
  entrypoint: string[];
  cmd: string[];
  workingDir: string;
  stopSignal?: string;
  /** `80/tcp` each. */
  exposedPorts: string[];
  volumes: string[];
  labels: Record<string, string>;
  healthcheck?: Healthcheck;
  onBuild: string[];
  shell: string[];
};

/** One step of how the image came to be. */
export type HistoryEntry = {
  created?: string;
  createdBy?: string;
  author?: string;
  comment?: string;
  emptyLayer?: boolean;
};

/** An image's config (OCI config.md; Docker's has the same fields). */
export type ImageConfig = {
  created?: string;
  author?: string;
  os: string;
  architecture: string;
  variant?: string;
  process: ProcessDefaults;
  /** Digests of the uncompressed layers, lowest first. */
  diffIds: Digest[];
  history: HistoryEntry[];
};

/** Reads an image config. Throws `corrupt` for a document that breaks its specification. */
export function parseImageConfig(document: Uint8Array | string): ImageConfig {
  const object = parseJsonObject(document, "the image config");
  const rootfs = asObject(object["rootfs"], "rootfs of the image config");
  return {
    ...optionalText(object, { created: "created", author: "author", variant: "variant" }),
    os: asOptionalString(object["os"], "os") ?? "linux",
    architecture: asOptionalString(object["architecture"], "architecture") ?? "",
    process: parseProcess(
      object["config"] === undefined || object["config"] === null ? {} : asObject(object["config"], "config"),
    ),
    diffIds: asArray(rootfs["diff_ids"], "rootfs.diff_ids").map((value) => {
      if (typeof value === "string" && isDigest(value)) return value;
      throw badDocument(`rootfs.diff_ids holds a malformed digest ${JSON.stringify(value)?.slice(0, 160)}`);
    }),
    history: asArray(object["history"], "history").map((value) => parseHistory(asObject(value, "an entry of history"))),
  };
}

/** Prints a config the way {@link parseImageConfig} reads it; the same value gives the same bytes. `further`: fields that it passes over. */
export function printImageConfig(config: ImageConfig, further: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    ...further,
    created: config.created,
    author: config.author,
    architecture: config.architecture,
    os: config.os,
    variant: config.variant,
    config: printProcess(config.process),
    rootfs: { type: "layers", diff_ids: config.diffIds },
    history: config.history.map((entry) => ({
      created: entry.created,
      created_by: entry.createdBy,
      author: entry.author,
      comment: entry.comment,
      empty_layer: entry.emptyLayer === true ? true : undefined,
    })),
  });
}

/** Process defaults that ask for nothing. */
export function emptyProcess(): ProcessDefaults {
  return {
    user: "",
    env: [],
    entrypoint: [],
    cmd: [],
    workingDir: "",
    exposedPorts: [],
    volumes: [],
    labels: {},
    onBuild: [],
    shell: [],
  };
}

/** Reads the `config` object of an image config: what a container made from it does by itself. Throws `corrupt`. */
export function parseProcess(object: JsonObject): ProcessDefaults {
  const healthcheck = parseHealthcheck(object["Healthcheck"]);
  return {
    user: asOptionalString(object["User"], "User") ?? "",
    env: asStrings(object["Env"], "Env").filter((entry) => /^[^=]+=/.test(entry) && !entry.includes("\0")),
    entrypoint: asStrings(object["Entrypoint"], "Entrypoint"),
    cmd: asStrings(object["Cmd"], "Cmd"),
    workingDir: asOptionalString(object["WorkingDir"], "WorkingDir") ?? "",
    ...optionalText(object, { stopSignal: "StopSignal" }),
    exposedPorts: keysOf(object["ExposedPorts"], "ExposedPorts"),
    volumes: keysOf(object["Volumes"], "Volumes"),
    labels: asStringMap(object["Labels"], "Labels"),
    ...(healthcheck === undefined ? {} : { healthcheck }),
    onBuild: asStrings(object["OnBuild"], "OnBuild"),
    shell: asStrings(object["Shell"], "Shell"),
  };
}

function printProcess(process: ProcessDefaults): Record<string, unknown> {
  const check = process.healthcheck;
  return {
    User: process.user === "" ? undefined : process.user,
    ExposedPorts: setOf(process.exposedPorts),
    Env: listOf(process.env),
    Entrypoint: listOf(process.entrypoint),
    Cmd: listOf(process.cmd),
    Volumes: setOf(process.volumes),
    WorkingDir: process.workingDir === "" ? undefined : process.workingDir,
    Labels: Object.keys(process.labels).length === 0 ? undefined : process.labels,
    StopSignal: process.stopSignal,
    Healthcheck: check && {
      Test: check.test,
      Interval: check.intervalNs,
      Timeout: check.timeoutNs,
      StartPeriod: check.startPeriodNs,
      StartInterval: check.startIntervalNs,
      Retries: check.retries,
    },
    OnBuild: listOf(process.onBuild),
    Shell: listOf(process.shell),
  };
}

function parseHealthcheck(value: unknown): Healthcheck | undefined {
  if (value === undefined || value === null) return undefined;
  const object = asObject(value, "Healthcheck");
  const test = asStrings(object["Test"], "Healthcheck.Test");
  const numbers = {
    intervalNs: "Interval",
    timeoutNs: "Timeout",
    startPeriodNs: "StartPeriod",
    startIntervalNs: "StartInterval",
    retries: "Retries",
  };
  const found = Object.entries(numbers).flatMap(([name, key]) => {
    const number = object[key];
    return typeof number === "number" && number > 0 ? [[name, number] as const] : [];
  });
  return { test, ...Object.fromEntries(found) };
}

function parseHistory(object: JsonObject): HistoryEntry {
  return {
    ...optionalText(object, { created: "created", createdBy: "created_by", author: "author", comment: "comment" }),
    ...(object["empty_layer"] === true ? { emptyLayer: true } : {}),
  };
}

function optionalText<T extends string>(object: JsonObject, names: Record<T, string>): { [K in T]?: string } {
  const found = Object.entries<string>(names).flatMap(([name, key]) => {
    const text = asOptionalString(object[key], key);
    return text === undefined ? [] : [[name, text] as const];
  });
  return Object.fromEntries(found) as { [K in T]?: string };
}

function keysOf(value: unknown, what: string): string[] {
  return value === undefined || value === null ? [] : Object.keys(asObject(value, what)).sort();
}

function listOf(list: string[]): string[] | undefined {
  return list.length === 0 ? undefined : list;
}

function setOf(keys: string[]): Record<string, object> | undefined {
  return keys.length === 0 ? undefined : Object.fromEntries(keys.map((key) => [key, {}]));
}
