import type { TemplateOptions } from "../lib/go-template/render.ts";

/** How `--format` of every command reads its template: with `\t` and `\n`, with the peers' maps and lists, and with `.Label "name"`. */
export const FORMAT_OPTIONS: TemplateOptions = {
  escapes: true,
  shapes: {
    Annotations: "map",
    Args: "list",
    Attributes: "map",
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
    Cmd: "list",
    Command: "list",
    CreateCommand: "list",
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
    Labels: "map",
    Links: "list",
    Log: "list",
    LogOpts: "map",
    Networks: "map",
    OnBuild: "list",
    Options: "map",
    PortBindings: "lists",
    Ports: "lists",
    SecurityOpt: "list",
    StorageOpt: "map",
    Sysctls: "map",
    Test: "list",
    Tmpfs: "map",
    Ulimits: "list",
    Volumes: "map",
    VolumesFrom: "list",
  },
  methods: { Label: labelOf },
};

/** The same with the command's name, which errors then have. */
export function formatOptions(name: string): TemplateOptions {
  return { ...FORMAT_OPTIONS, name };
}

function labelOf(row: unknown, name: unknown): unknown {
  const labels: unknown = typeof row === "object" && row !== null ? Reflect.get(row, "Labels") : undefined;
  return labels instanceof Map ? (labels.get(name) ?? "") : "";
}
