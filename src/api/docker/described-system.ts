import { bytes, filters, json, jsonLines, type Operation, type Operations } from "../openapi/operation.ts";
import {
  anything,
  flag,
  integer,
  list,
  map,
  object,
  oneOf,
  orNull,
  type Schema,
  text,
  textMap,
  texts,
  time,
  titled,
} from "../openapi/schema.ts";
import { listed } from "./container/described-inspect.ts";
import { imageRow } from "./image/described.ts";
import { cluster } from "./swarm/described.ts";
import { volume } from "./volume/described.ts";

/** Versions of the engine and of what it speaks. */
export const version: Schema = titled(
  "SystemVersion",
  object({
    Platform: object({ Name: text }),
    Components: list(object({ Name: text, Version: text, Details: textMap })),
    Version: text,
    ApiVersion: text,
    MinAPIVersion: text,
    GitCommit: text,
    GoVersion: text,
    Os: text,
    Arch: text,
    KernelVersion: text,
    BuildTime: text,
  }),
);

const FLAGS: readonly string[] = [
  "MemoryLimit",
  "SwapLimit",
  "CpuCfsPeriod",
  "CpuCfsQuota",
  "CPUShares",
  "CPUSet",
  "PidsLimit",
  "OomKillDisable",
  "IPv4Forwarding",
  "Debug",
  "ExperimentalBuild",
  "LiveRestoreEnabled",
];
const NUMBERS: readonly string[] = [
  "Containers",
  "ContainersRunning",
  "ContainersPaused",
  "ContainersStopped",
  "Images",
  "NFd",
  "NGoroutines",
  "NEventsListener",
  "NCPU",
  "MemTotal",
];
const TEXTS: readonly string[] = [
  "ID",
  "Name",
  "Driver",
  "CgroupDriver",
  "CgroupVersion",
  "LoggingDriver",
  "KernelVersion",
  "OperatingSystem",
  "OSVersion",
  "OSType",
  "Architecture",
  "IndexServerAddress",
  "DockerRootDir",
  "HttpProxy",
  "HttpsProxy",
  "NoProxy",
  "ServerVersion",
  "DefaultRuntime",
  "Isolation",
  "InitBinary",
  "ProductLicense",
];

function each(names: readonly string[], schema: Schema): Record<string, Schema> {
  return Object.fromEntries(names.map((name) => [name, schema]));
}

const commit: Schema = object({ ID: text });

const info: Schema = titled(
  "SystemInfo",
  object({
    ...each(FLAGS, flag),
    ...each(NUMBERS, integer),
    ...each(TEXTS, text),
    DriverStatus: list(texts),
    SystemStatus: orNull(list(anything)),
    Plugins: object({ Volume: texts, Network: texts, Authorization: orNull(texts), Log: texts }),
    SystemTime: time,
    RegistryConfig: object({
      AllowNondistributableArtifactsCIDRs: orNull(texts),
      AllowNondistributableArtifactsHostnames: orNull(texts),
      InsecureRegistryCIDRs: texts,
      IndexConfigs: map(anything),
      Mirrors: orNull(texts),
    }),
    GenericResources: orNull(list(anything)),
    Labels: texts,
    Runtimes: map(object({ path: text })),
    Swarm: object({
      NodeID: text,
      NodeAddr: text,
      LocalNodeState: text,
      ControlAvailable: flag,
      Error: text,
      RemoteManagers: orNull(list(object({ NodeID: text, Addr: text }))),
      "Nodes?": integer,
      "Managers?": integer,
      "Cluster?": cluster,
    }),
    ContainerdCommit: commit,
    RuncCommit: commit,
    InitCommit: commit,
    SecurityOptions: texts,
    CDISpecDirs: texts,
    Warnings: texts,
  }),
);

const event: Schema = titled(
  "EventMessage",
  object({
    "status?": text,
    "id?": text,
    "from?": text,
    Type: text,
    Action: text,
    Actor: object({ ID: text, Attributes: textMap }),
    scope: oneOf("local"),
    time: integer,
    timeNano: integer,
  }),
);

const noPlugins: Operation = { summary: "Refused: what plugins do is built in", answers: {}, errors: [501] };

/** What is asked of the engine as a whole. */
export const SYSTEM_OPERATIONS: Operations = {
  "GET /_ping": { summary: "OK", answers: { 200: bytes("text/plain; charset=utf-8") } },
  "HEAD /_ping": { summary: "The headers alone", answers: { 200: bytes("text/plain; charset=utf-8") } },
  "GET /version": { summary: "Versions", answers: { 200: json(version) } },
  "GET /info": { summary: "The engine and its host", answers: { 200: json(info) } },
  "GET /events": {
    summary: "What happens, and has happened",
    query: {
      since: text,
      until: text,
      filters: filters(
        "config",
        "container",
        "daemon",
        "event",
        "image",
        "label",
        "network",
        "node",
        "plugin",
        "pod",
        "scope",
        "secret",
        "service",
        "type",
        "volume",
      ),
    },
    answers: { 200: jsonLines(event) },
  },
  "GET /system/df": {
    summary: "What takes room on the disk",
    query: { type: oneOf("container", "image", "volume", "build-cache"), verbose: flag },
    answers: {
      200: json(
        titled(
          "SystemDataUsage",
          object({
            "LayersSize?": integer,
            "Images?": list(imageRow),
            "Containers?": listed,
            "Volumes?": list(volume),
            "BuildCache?": list(anything),
            "BuilderSize?": integer,
          }),
        ),
      ),
    },
  },
  "GET /plugins": { summary: "There are none", answers: { 200: json(list(anything)) } },
  "GET /plugins/{name*}/json": { summary: "There is none", answers: {}, errors: [404] },
  "GET /plugins/{rest*}": noPlugins,
  "POST /plugins/{rest*}": noPlugins,
  "DELETE /plugins/{rest*}": noPlugins,
  "GET /openapi.json": { summary: "This description", answers: { 200: json({ type: "object" }) } },
};
