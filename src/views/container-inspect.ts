import type { ContainerFacts } from "../engine/inspect.ts";
import type { ContainerSummary } from "../engine/list.ts";
import { goTime } from "../lib/go-template/time.ts";
import { boundFile } from "../runtime/bound-file.ts";
import { inspectConfig } from "./inspect/config.ts";
import { inspectHostConfig } from "./inspect/host-config.ts";
import { inspectMounts } from "./inspect/mounts.ts";
import { inspectNetwork } from "./inspect/network.ts";
import { inspectState } from "./inspect/state.ts";

/** What the view cannot know by itself: where things lie, and what was worked out when the container started. */
export type InspectFacts = Omit<ContainerFacts, "listed">;

/**
 * `inspect` of one container, field by field and in the order of Podman's, sections in `inspect/`. What is undefined is not in the JSON, but
 * templates know the field. Pure.
 */
export function inspectContainer(listed: ContainerSummary, facts: InspectFacts): Record<string, unknown> {
  const { record } = listed;
  const [path = "", ...args] = record.process.args;
  return {
    Id: record.id,
    Created: goTime(record.createdAt),
    Path: path,
    Args: args,
    State: inspectState(listed, facts),
    Image: record.imageId,
    ImageDigest: facts.imageDigest,
    ImageName: record.imageName,
    Rootfs: record.spec.rootfs?.path ?? "",
    Pod: record.spec.pod?.id ?? "",
    ...inspectFiles(facts),
    Name: record.name,
    RestartCount: listed.state?.restartCount ?? 0,
    Driver: "overlay",
    MountLabel: "",
    ProcessLabel: "",
    AppArmorProfile: facts.apparmorProfile,
    EffectiveCaps: facts.capabilities.effective.toSorted(),
    BoundingCaps: facts.capabilities.bounding.toSorted(),
    ExecIDs: facts.execIds,
    GraphDriver: inspectDriver(facts),
    SizeRw: facts.size?.own,
    SizeRootFs: facts.size?.root,
    Mounts: inspectMounts(record.mounts, facts),
    Dependencies: facts.dependencies,
    NetworkSettings: inspectNetwork(listed, facts.podPorts),
    Namespace: "",
    IsInfra: record.spec.pod?.infra === true,
    IsService: false,
    KubeExitCodePropagation: "invalid",
    lockNumber: 0,
    Config: inspectConfig(record, facts),
    HostConfig: inspectHostConfig(record, facts),
    UseImageHosts: record.spec.identity?.noHosts === true,
    UseImageHostname: record.spec.identity?.noHostname === true,
  };
}

function inspectFiles({ bundle, staticFolder, runtime }: InspectFacts): Record<string, unknown> {
  return {
    ResolvConfPath: boundFile(bundle, "/etc/resolv.conf"),
    HostnamePath: boundFile(bundle, "/etc/hostname"),
    HostsPath: boundFile(bundle, "/etc/hosts"),
    StaticDir: staticFolder,
    OCIConfigPath: `${bundle}/config.json`,
    OCIRuntime: runtime,
    ConmonPidFile: `${bundle}/conmon.pid`,
    PidFile: `${bundle}/pidfile`,
  };
}

function inspectDriver({ snapshot }: InspectFacts): Record<string, unknown> {
  return {
    Name: "overlay",
    Data: {
      LowerDir: snapshot.lower,
      MergedDir: snapshot.merged,
      UpperDir: snapshot.upper,
      WorkDir: snapshot.work,
    },
  };
}
