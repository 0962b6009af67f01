import type { TemplateOptions } from "../lib/go-template/render.ts";

/** How `--format` of every command reads its template: with `\t` and `\n`, with the peers' maps and lists, and with `.Label "name"`. */
export const FORMAT_OPTIONS: TemplateOptions = {
  escapes: true,
  jsonNames: true,
  shapes: {
    "Healthcheck.Interval": "duration",
    "Healthcheck.StartInterval": "duration",
    "Healthcheck.StartPeriod": "duration",
    "Healthcheck.Timeout": "duration",
    "LogConfig.Config": "map",
    "StartupHealthCheck.Interval": "duration",
    "StartupHealthCheck.Timeout": "duration",
    Annotations: "map",
    Args: "list",
    Attributes: "map",
    author: "text",
    Author: "text",
    Binds: "list",
    BlkioDeviceReadBps: "list",
    BlkioDeviceReadIOps: "list",
    BlkioDeviceWriteBps: "list",
    BlkioDeviceWriteIOps: "list",
    BlkioWeightDevice: "list",
    BoundingCaps: "list",
    CapAdd: "list",
    CapDrop: "list",
    CgroupConf: "map",
    CgroupPath: "text",
    Cmd: "list",
    Command: "list",
    comment: "text",
    Comment: "text",
    ConmonPid: "number",
    CreateCommand: "list",
    created_by: "text",
    Data: "map",
    Dependencies: "list",
    DeviceCgroupRules: "list",
    Devices: "list",
    Dns: "list",
    DnsOptions: "list",
    DnsSearch: "list",
    DriverOpts: "map",
    EffectiveCaps: "list",
    Entrypoint: "list",
    Env: "list",
    ExecIDs: "list",
    ExposedPorts: "map",
    ExtraHosts: "list",
    GraphOptions: "map",
    GraphStatus: "map",
    GroupAdd: "list",
    Init: "flag",
    Labels: "map",
    Links: "list",
    Log: "list",
    LogOpts: "map",
    Name: "text",
    Networks: "map",
    OnBuild: "list",
    Options: "map",
    PortBindings: "lists",
    Ports: "lists",
    Secrets: "list",
    SecurityOpt: "list",
    SizeRootFs: "number",
    StopSignal: "text",
    StorageOpt: "map",
    SubPath: "text",
    Sysctls: "map",
    SystemdMode: "flag",
    Test: "list",
    Timezone: "text",
    Tmpfs: "map",
    Ulimits: "list",
    User: "text",
    Volumes: "map",
    VolumesFrom: "list",
    WorkingDir: "text",
  },
  methods: { Label: labelOf },
};

/** For documents: Podman's short names for some fields, what older versions of it had, and Docker's `.LogPath`. */
export const INSPECT_FORMAT: TemplateOptions = {
  ...FORMAT_OPTIONS,
  name: "inspect",
  methods: {
    Dst: (mount) => fieldOf(mount, "Destination"),
    Healthcheck: (state) => fieldOf(state, "Health"),
    ImageID: (container) => fieldOf(container, "Image"),
    LogPath: (container) => fieldOf(fieldOf(fieldOf(container, "HostConfig"), "LogConfig"), "Path"),
    Src: (mount) => fieldOf(mount, "Source"),
  },
};

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function labelOf(row: unknown, name: unknown): unknown {
  const labels: unknown = typeof row === "object" && row !== null ? Reflect.get(row, "Labels") : undefined;
  return labels instanceof Map ? (labels.get(name) ?? "") : "";
}

/** Whether a `--format` asks for JSON: Podman takes the template of the whole for the word. */
export function isJsonFormat(format: string): boolean {
  return /^\s*(?:json|\{\{\s*json\s*\.?\s*\}\})\s*$/.test(format);
}
