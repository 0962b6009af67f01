import { resolve } from "node:path";
import { LIMIT_NAMES } from "../../host/limits.ts";
import { parseSignal } from "../../host/signal.ts";
import { EstibaError } from "../../lib/error.ts";
import { parseSize } from "../../lib/size.ts";
import { parsePort } from "../../network/parse-port.ts";
import type { ContainerSpec, NetworkMode, PortMapping, Resources, SecuritySpec } from "../../state/container.ts";
import type { Values } from "../command.ts";
import { badOption } from "./bad-option.ts";
import { environmentOf, readEnvironmentFile } from "./environment.ts";
import { parseMount, parseTmpfs, parseVolume } from "./mounts.ts";
import type { CONTAINER_OPTIONS } from "./options.ts";

type ContainerValues = Values<typeof CONTAINER_OPTIONS>;

const DEFAULT_STOP_TIMEOUT = 10;
const DEFAULT_CPU_PERIOD_US = 100_000;

/** What the flags of `run` and `create` ask for, checked. Throws `invalid` naming the option. */
export function containerSpec(values: ContainerValues, image: string, command: readonly string[]): ContainerSpec {
  return {
    image,
    command,
    ...entrypoint(values.entrypoint),
    ...optional({
      name: values.name,
      workdir: values.workdir,
      user: values.user,
      hostname: values.hostname,
      runtime: values.runtime,
      stopSignal: values["stop-signal"] === undefined ? undefined : checkedSignal(values["stop-signal"]),
    }),
    env: environmentOf(values.env, values["env-file"]),
    groupAdd: values["group-add"],
    labels: keyValues("--label", [...values["label-file"].flatMap(readEnvironmentFile), ...values.label]),
    annotations: keyValues("--annotation", values.annotation),
    tty: values.tty,
    interactive: values.interactive,
    autoRemove: values.rm,
    stopTimeout: values["stop-timeout"] ?? DEFAULT_STOP_TIMEOUT,
    ...networkOf(values),
    mounts: [...values.volume.map(parseVolume), ...values.mount.map(parseMount), ...values.tmpfs.map(parseTmpfs)],
    resources: resourcesOf(values),
    security: securityOf(values),
    ulimits: Object.fromEntries(values.ulimit.map(parseUlimit)),
    sysctls: keyValues("--sysctl", values.sysctl),
    devices: values.device,
    logDriver: values["log-driver"] === "none" ? "none" : "k8s-file",
    ...logOptions(values["log-opt"]),
  };
}

function networkOf(
  values: ContainerValues,
): Pick<
  ContainerSpec,
  "network" | "ports" | "publishAll" | "expose" | "addHosts" | "dns" | "dnsSearch" | "dnsOptions"
> {
  const network = networkMode(values.network);
  const ports = values.publish.map((text): PortMapping => parsePort(text));
  if (network === "host" && (ports.length > 0 || values["publish-all"])) {
    throw new EstibaError("invalid", {
      reason: "container.ports_on_host_network",
      what: "ports cannot be published with --network host: the container has the host's own ports",
      fix: "leave out --publish, or use --network bridge",
    });
  }
  return {
    network,
    ports,
    publishAll: values["publish-all"],
    expose: values.expose,
    addHosts: values["add-host"],
    dns: values.dns,
    dnsSearch: values["dns-search"],
    dnsOptions: values["dns-option"],
  };
}

function networkMode(text: string | undefined): NetworkMode {
  return text === "none" || text === "host" ? text : "bridge";
}

function entrypoint(text: string | undefined): { entrypoint?: string[] } {
  if (text === undefined) return {};
  if (text === "") return { entrypoint: [] };
  if (!text.startsWith("[")) return { entrypoint: [text] };
  const words = parseJsonWords(text);
  return { entrypoint: words ?? [text] };
}

function parseJsonWords(text: string): string[] | undefined {
  try {
    const words: unknown = JSON.parse(text);
    return Array.isArray(words) && words.every((word) => typeof word === "string") ? words : undefined;
  } catch (error) {
    // A program may well be called `[`: what is no JSON is taken as it stands.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function checkedSignal(text: string): string {
  parseSignal(text);
  return text;
}

function keyValues(option: string, list: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    list.map((text) => {
      const equals = text.indexOf("=");
      const key = equals < 0 ? text : text.slice(0, equals);
      if (key === "") throw badOption(option, text, "KEY=VALUE");
      return [key, equals < 0 ? "" : text.slice(equals + 1)];
    }),
  );
}

function resourcesOf(values: ContainerValues): Resources {
  const period = values["cpu-period"];
  if (values.cpus !== undefined && values["cpu-quota"] !== undefined) {
    throw badOption("--cpus", values.cpus, "possible together with --cpu-quota", "give one of them");
  }
  return optional({
    memoryBytes: sizeOf("--memory", values.memory),
    memorySwapBytes: values["memory-swap"] === "-1" ? -1 : sizeOf("--memory-swap", values["memory-swap"]),
    memoryReservationBytes: sizeOf("--memory-reservation", values["memory-reservation"]),
    cpuQuotaUs:
      values.cpus === undefined ? values["cpu-quota"] : cpuQuota(values.cpus, period ?? DEFAULT_CPU_PERIOD_US),
    cpuPeriodUs: values.cpus === undefined ? period : (period ?? DEFAULT_CPU_PERIOD_US),
    cpuShares: values["cpu-shares"],
    cpusetCpus: values["cpuset-cpus"],
    pidsLimit: values["pids-limit"],
    shmBytes: sizeOf("--shm-size", values["shm-size"]),
    oomScoreAdjust: values["oom-score-adj"],
  });
}

function sizeOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const bytes = parseSize(text);
  if (bytes === undefined) throw badOption(option, text, "a size", "for example 512m or 2g");
  return bytes;
}

function cpuQuota(cpus: string, periodUs: number): number {
  const number = Number(cpus);
  if (cpus.trim() === "" || !Number.isFinite(number) || number < 0)
    throw badOption("--cpus", cpus, "a number of CPUs", "for example 1.5");
  return number === 0 ? -1 : Math.round(number * periodUs);
}

function securityOf(values: ContainerValues): SecuritySpec {
  let security: SecuritySpec = {
    privileged: values.privileged,
    capAdd: values["cap-add"],
    capDrop: values["cap-drop"],
    readOnlyRoot: values["read-only"],
    readOnlyTmpfs: values["read-only-tmpfs"],
    noNewPrivileges: false,
    seccomp: "default",
    mask: [],
    unmask: [],
  };
  for (const text of values["security-opt"]) security = applySecurityOption(security, text);
  return security;
}

function applySecurityOption(security: SecuritySpec, text: string): SecuritySpec {
  const [, name = text, value = ""] = /^([^=:]+)[=:](.*)$/.exec(text) ?? [];
  switch (name) {
    case "no-new-privileges":
      return { ...security, noNewPrivileges: value !== "false" };
    case "seccomp":
      return { ...security, seccomp: value === "unconfined" ? value : resolve(value) };
    case "mask":
      return { ...security, mask: [...security.mask, ...value.split(":")] };
    case "unmask":
      return {
        ...security,
        unmask: [...security.unmask, ...(value.toUpperCase() === "ALL" ? ["ALL"] : value.split(":"))],
      };
    default:
      throw badOption(
        "--security-opt",
        text,
        "supported",
        "supported: no-new-privileges, seccomp=unconfined|FILE, mask=PATHS, unmask=PATHS|ALL",
      );
  }
}

function parseUlimit(text: string): [string, { soft: number; hard: number }] {
  const match = /^([a-z]+)=(-?\d+|unlimited)(?::(-?\d+|unlimited))?$/.exec(text);
  const name = match?.[1] ?? "";
  if (match === null || !LIMIT_NAMES.includes(name)) {
    throw badOption("--ulimit", text, "NAME=SOFT[:HARD]", `names: ${LIMIT_NAMES.join(", ")}`);
  }
  const soft = limitValue(match[2] ?? "");
  const hard = match[3] === undefined ? soft : limitValue(match[3]);
  if (hard >= 0 && (soft < 0 || soft > hard))
    throw badOption("--ulimit", text, "possible: the soft limit is above the hard one");
  return [name, { soft, hard }];
}

function limitValue(text: string): number {
  return text === "unlimited" ? -1 : Number(text);
}

function logOptions(list: readonly string[]): { logSizeMax?: number } {
  let sizeMax: number | undefined;
  for (const text of list) {
    if (!text.startsWith("max-size=")) throw badOption("--log-opt", text, "supported", "supported: max-size=SIZE");
    sizeMax = sizeOf("--log-opt max-size", text.slice("max-size=".length));
  }
  return sizeMax === undefined ? {} : { logSizeMax: sizeMax };
}

function optional<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
