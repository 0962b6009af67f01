import {
  anything,
  flag,
  integer,
  list,
  map,
  nameSet,
  object,
  orNull,
  request,
  type Schema,
  text,
  textMap,
  texts,
  titled,
} from "../../openapi/schema.ts";
import {
  DEVICE_LIMITS,
  endpoint,
  healthConfig,
  LIMITS,
  portBindings,
  restartPolicy,
  ulimits,
} from "./described-limits.ts";

const command: Schema = { anyOf: [texts, text] };

const mount: Schema = request("Mount", {
  Type: text,
  Source: text,
  Target: text,
  ReadOnly: flag,
  Consistency: text,
  BindOptions: object({
    "Propagation?": text,
    "NonRecursive?": flag,
    "CreateMountpoint?": flag,
    "ReadOnlyNonRecursive?": flag,
    "ReadOnlyForceRecursive?": flag,
  }),
  VolumeOptions: object({
    "NoCopy?": flag,
    "Labels?": orNull(textMap),
    "DriverConfig?": orNull(object({ "Name?": text, "Options?": orNull(textMap) })),
    "Subpath?": text,
  }),
  TmpfsOptions: object({ "SizeBytes?": integer, "Mode?": integer }),
  ImageOptions: object({ "Subpath?": text }),
});

const hostConfig: Schema = request("HostConfigRequest", {
  ...LIMITS,
  ...DEVICE_LIMITS,
  MemorySwappiness: integer,
  OomKillDisable: flag,
  OomScoreAdj: integer,
  ShmSize: integer,
  CgroupParent: text,
  Ulimits: ulimits,
  AutoRemove: flag,
  Init: flag,
  Runtime: text,
  RestartPolicy: restartPolicy,
  LogConfig: object({ "Type?": text, "Config?": orNull(textMap) }),
  Annotations: textMap,
  GroupAdd: texts,
  Binds: texts,
  Mounts: list(mount),
  Tmpfs: textMap,
  VolumesFrom: texts,
  VolumeDriver: text,
  NetworkMode: text,
  PortBindings: portBindings,
  PublishAllPorts: flag,
  Dns: texts,
  DnsOptions: texts,
  DnsSearch: texts,
  ExtraHosts: texts,
  Privileged: flag,
  ReadonlyRootfs: flag,
  CapAdd: texts,
  CapDrop: texts,
  SecurityOpt: texts,
  MaskedPaths: texts,
  ReadonlyPaths: texts,
  IpcMode: text,
  PidMode: text,
  UTSMode: text,
  UsernsMode: text,
  CgroupnsMode: text,
  Sysctls: textMap,
  Devices: list(object({ "PathOnHost?": text, "PathInContainer?": text, "CgroupPermissions?": text })),
  DeviceCgroupRules: texts,
  DeviceRequests: list(
    object({
      "Driver?": text,
      "Count?": integer,
      "DeviceIDs?": orNull(texts),
      "Capabilities?": anything,
      "Options?": anything,
    }),
  ),
});

/** The body of `POST /containers/create`. */
export const createRequest: Schema = request("ContainerCreateRequest", {
  Image: text,
  Cmd: command,
  Entrypoint: command,
  Env: texts,
  Hostname: text,
  Domainname: text,
  User: text,
  WorkingDir: text,
  Tty: flag,
  OpenStdin: flag,
  StdinOnce: flag,
  AttachStdin: flag,
  AttachStdout: flag,
  AttachStderr: flag,
  NetworkDisabled: flag,
  MacAddress: text,
  Labels: textMap,
  ExposedPorts: nameSet,
  Volumes: nameSet,
  StopSignal: text,
  StopTimeout: integer,
  Healthcheck: healthConfig,
  HostConfig: hostConfig,
  NetworkingConfig: object({ "EndpointsConfig?": orNull(map(orNull(endpoint))) }),
});

/** The body of `POST /containers/{id}/update`. */
export const updateRequest: Schema = request("ContainerUpdateRequest", {
  ...LIMITS,
  ...DEVICE_LIMITS,
  MemorySwappiness: integer,
  RestartPolicy: restartPolicy,
});

/** The body of `POST /containers/{id}/exec`. */
export const execRequest: Schema = request("ExecCreateRequest", {
  AttachStdin: flag,
  AttachStdout: flag,
  AttachStderr: flag,
  DetachKeys: text,
  Tty: flag,
  Env: texts,
  Cmd: command,
  Privileged: flag,
  User: text,
  WorkingDir: text,
});

/** The body of `POST /exec/{id}/start`. */
export const execStartRequest: Schema = request("ExecStartRequest", {
  Detach: flag,
  Tty: flag,
  ConsoleSize: list(integer),
});

/** What is told of a container that was made. */
export const created: Schema = titled("ContainerCreateResponse", object({ Id: text, Warnings: texts }));
