import type { ContainerFacts } from "../../engine/inspect.ts";
import type { ContainerSummary } from "../../engine/list.ts";
import { goTime } from "../../lib/go-template/time.ts";
import { isFileLog } from "../../state/spec/log.ts";
import { inspectContainer } from "../container-inspect.ts";
import { isUp } from "../inspect/state.ts";
import { dockerNetworkMode, dockerNetworks } from "./container-networks.ts";
import { logOptions, portBindings } from "./create-host-config.ts";
import { familiarName } from "./image-name.ts";
import { dockerStatus } from "./status.ts";

type Part = Readonly<Record<string, unknown>>;

/** `GET /containers/{id}/json`: Podman's inspect, where that has the same fields, in Docker's words. Pure. */
export function dockerContainer(
  { listed, ...facts }: ContainerFacts,
  networkId: (name: string) => string,
): Record<string, unknown> {
  const { record } = listed;
  const all = inspectContainer(listed, facts) as Record<string, Part>;
  const { HostConfig = {}, NetworkSettings = {}, Config = {}, State = {} } = all;
  return {
    Id: record.id,
    Created: goTime(record.createdAt),
    Path: all["Path"],
    Args: all["Args"],
    State: state(listed, State),
    Image: imageId(record.imageId),
    ResolvConfPath: all["ResolvConfPath"],
    HostnamePath: all["HostnamePath"],
    HostsPath: all["HostsPath"],
    LogPath: isFileLog(record.spec.log) ? facts.logPath : "",
    Name: `/${record.name}`,
    RestartCount: all["RestartCount"],
    Driver: "overlay",
    Platform: "linux",
    MountLabel: "",
    ProcessLabel: "",
    AppArmorProfile: facts.apparmorProfile,
    ExecIDs: facts.execIds.length === 0 ? null : facts.execIds,
    HostConfig: hostConfig(listed, HostConfig, facts.runtime),
    GraphDriver: all["GraphDriver"],
    SizeRw: all["SizeRw"],
    SizeRootFs: all["SizeRootFs"],
    Mounts: (all["Mounts"] as unknown as Part[]).map(({ Options: _options, SubPath: _path, ...mount }) => mount),
    Config: {
      ...config(Config),
      StdinOnce: record.spec.interactive && record.spec.stdinStays !== true,
      Image: familiarName(record.imageName),
    },
    NetworkSettings: {
      ...NetworkSettings,
      // Of one that does not run Podman tells those that it will have.
      ...(isUp(listed.status) ? {} : { Ports: {} }),
      Networks: dockerNetworks(listed, NetworkSettings["Networks"] as Part, networkId),
    },
  };
}

/** How Docker writes an image's id. */
export function imageId(id: string): string {
  return id === "" ? "" : `sha256:${id}`;
}

function state({ status, exit }: ContainerSummary, shown: Part): Part {
  const word = dockerStatus(status);
  const { Health } = shown;
  return {
    Status: word,
    // Docker's paused and restarting containers run, too.
    Running: word === "running" || word === "paused" || word === "restarting",
    Paused: word === "paused",
    Restarting: word === "restarting",
    OOMKilled: exit?.oomKilled ?? false,
    Dead: false,
    Pid: word === "created" ? 0 : shown["Pid"],
    ExitCode: exit?.code ?? 0,
    Error: exit?.error ?? "",
    StartedAt: shown["StartedAt"],
    FinishedAt: shown["FinishedAt"],
    ...(Health === undefined ? {} : { Health }),
  };
}

function hostConfig({ record }: ContainerSummary, shown: Part, runtime: string): Part {
  const { spec } = record;
  const unmasked = spec.security.unmask.includes("ALL");
  const { CgroupManager: _manager, CgroupMode, IDMappings: _mappings, Cgroups: _cgroups, ...same } = shown;
  return {
    ...same,
    Binds: binds(shown["Binds"]),
    NetworkMode: dockerNetworkMode(record),
    PortBindings: portBindings(spec.ports),
    LogConfig: { Type: isFileLog(spec.log) ? "json-file" : spec.log.driver, Config: logOptions(spec.log) },
    CapAdd: orNull(spec.security.capAdd),
    CapDrop: orNull(spec.security.capDrop),
    CgroupnsMode: CgroupMode,
    SecurityOpt: orNull(shown["SecurityOpt"] as unknown[]),
    GroupAdd: orNull(spec.groupAdd),
    ExtraHosts: orNull(spec.addHosts),
    Runtime: runtime.split("/").at(-1),
    MaskedPaths: unmasked ? [] : undefined,
    ReadonlyPaths: unmasked ? [] : undefined,
  };
}

// Without the options that say what is so anyway: Docker's clients take a bind apart at its colons.
function binds(list: unknown): string[] | null {
  const shown = (Array.isArray(list) ? list : []).map((bind) =>
    String(bind).replace(/:([^:]*)$/, (_, options: string) => (options.startsWith("ro") ? ":ro" : "")),
  );
  return orNull(shown);
}

function config(shown: Part): Part {
  const {
    CreateCommand: _command,
    SystemdMode: _systemd,
    Umask: _umask,
    Timeout: _timeout,
    Passwd: _passwd,
    sdNotifyMode: _notify,
    Annotations: _annotations,
    Timezone: _zone,
    HealthcheckOnFailureAction: _action,
    HealthLogDestination: _destination,
    HealthcheckMaxLogCount: _count,
    HealthcheckMaxLogSize: _size,
    ...same
  } = shown;
  return same;
}

function orNull<T>(list: readonly T[] | null | undefined): T[] | null {
  return list === undefined || list === null || list.length === 0 ? null : [...list];
}
