import {
  flag,
  integer,
  list,
  map,
  number,
  object,
  orNull,
  type Schema,
  text,
  textMap,
  texts,
  titled,
} from "../../openapi/schema.ts";

const program: Schema = object({ "name?": text, "path?": text, "version?": text });
const idMap: Schema = orNull(list(object({ container_id: integer, host_id: integer, size: integer })));

const host: Schema = titled(
  "LibpodHost",
  object({
    arch: text,
    cgroupControllers: texts,
    cdi: object({ folders: texts, devices: texts }),
    cgroupManager: text,
    cgroupMode: text,
    cgroupVersion: text,
    conmon: program,
    cpuUtilization: object({ idlePercent: number, systemPercent: number, userPercent: number }),
    cpus: integer,
    databaseBackend: text,
    distribution: object({ "codename?": text, distribution: text, "version?": text }),
    eventLogger: text,
    hostname: text,
    idMappings: object({ gidmap: idMap, uidmap: idMap }),
    kernel: text,
    logDriver: text,
    linkmode: text,
    memFree: integer,
    memTotal: integer,
    networkBackend: text,
    ociRuntime: program,
    os: text,
    "resourceLimits?": map(integer),
    security: object({
      apparmorEnabled: flag,
      capabilities: text,
      rootless: flag,
      seccompEnabled: flag,
      seccompProfilePath: text,
      selinuxEnabled: flag,
    }),
    serviceIsRemote: flag,
    swapFree: integer,
    swapTotal: integer,
    uptime: text,
  }),
);

const store: Schema = titled(
  "LibpodStore",
  object({
    configFile: text,
    containerStore: object({ number: integer, paused: integer, running: integer, stopped: integer }),
    graphDriverName: text,
    graphOptions: object({}),
    graphRoot: text,
    graphRootAllocated: integer,
    graphRootUsed: integer,
    graphStatus: textMap,
    imageCopyTmpDir: text,
    imageStore: object({ number: integer }),
    runRoot: text,
    volumePath: text,
  }),
);

/** The engine, its store and its host: `estiba info`. */
export const info: Schema = titled(
  "LibpodInfo",
  object({
    host,
    plugins: object({ authorization: orNull(texts), log: texts, network: texts, volume: texts }),
    registries: object({ "search?": texts }),
    store,
    version: object({
      APIVersion: text,
      Version: text,
      GoVersion: text,
      BunVersion: text,
      GitCommit: text,
      BuiltTime: text,
      Built: integer,
      OsArch: text,
      Os: text,
    }),
  }),
);
