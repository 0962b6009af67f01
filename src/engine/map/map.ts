import { basename } from "node:path";
import { cgroupFoldersAt, cgroupFoldersOf } from "../../host/cgroup-folders.ts";
import type { ContainerRecord } from "../../state/container.ts";
import { imageLayers } from "../../state/images.ts";
import { snapshotPaths } from "../../storage/snapshot.ts";
import { treeSize } from "../../storage/tree-size.ts";
import type { Engine } from "../engine.ts";
import { namespacesOfProcess } from "../kernel-namespaces.ts";
import { type ContainerSummary, summarizeContainers } from "../list.ts";
import { networkOf } from "../network/plan.ts";
import { endpointsOf } from "../network/settle.ts";
import { inspectPod } from "../pod/inspect.ts";
import { type PodSummary, summarizePods } from "../pod/list.ts";
import { cgroupPath } from "../runtime-places.ts";
import { hasProcess, livingMonitor } from "../status.ts";
import { readMapUsage } from "./cgroup.ts";
import type { EngineMap, MapAddress, MapContainer, MapNetwork, MapPod } from "./model.ts";

/** Everything that a picture of one pod, or of all pods and containers, shows, as the kernel has it now. Takes no lock. Throws `not_found`. */
export function mapEngine(engine: Engine, podName?: string): EngineMap {
  if (podName !== undefined) return mapOf(engine, [inspectPod(engine, podName)], []);
  const alone = summarizeContainers(engine).filter(({ record }) => record.spec.pod === undefined);
  return mapOf(engine, summarizePods(engine), alone);
}

/** The same of the pods and containers that have a label, and of what is in those pods. */
export function mapLabelled(engine: Engine, label: string, value: string): EngineMap {
  const pods = summarizePods(engine).filter(({ pod }) => pod.labels[label] === value);
  const shown = new Set(pods.flatMap(({ members }) => members.map(({ record }) => record.id)));
  const alone = summarizeContainers(engine).filter(
    ({ record }) => record.labels[label] === value && !shown.has(record.id),
  );
  return mapOf(engine, pods, alone);
}

function mapOf(engine: Engine, pods: readonly PodSummary[], alone: readonly ContainerSummary[]): EngineMap {
  const containers = [
    ...pods.flatMap((pod) => infraFirst(pod).map((member) => mapContainer(engine, member, pod.pod.name))),
    ...alone.map((listed) => mapContainer(engine, listed, undefined)),
  ];
  return {
    pods: pods.map(mapPod),
    containers,
    networks: networksOf(engine, containers),
    host: namespacesOfProcess(process.pid),
  };
}

function infraFirst({ pod, members }: PodSummary): ContainerSummary[] {
  return members.toSorted((a, b) => Number(b.record.id === pod.infraId) - Number(a.record.id === pod.infraId));
}

function mapPod({ pod, status, cgroupPath: path }: PodSummary): MapPod {
  return {
    id: pod.id,
    name: pod.name,
    status,
    share: pod.share,
    cgroupPath: pod.shareParent ? path : undefined,
    usage: pod.shareParent ? readMapUsage(cgroupFoldersAt(path)) : undefined,
  };
}

function mapContainer(engine: Engine, listed: ContainerSummary, pod: string | undefined): MapContainer {
  const { record, state, status } = listed;
  const pid = hasProcess(listed) ? state?.init?.pid : undefined;
  return {
    id: record.id,
    name: record.name,
    status,
    pod,
    infra: record.spec.pod?.infra === true,
    pid,
    monitorPid: livingMonitor(listed),
    runtime: state?.runtime === undefined ? "" : basename(state.runtime),
    namespaces: namespacesOfProcess(pid),
    cgroupPath: cgroupPath(engine, record),
    usage: pid === undefined ? undefined : readMapUsage(cgroupFoldersOf(pid)),
    image: record.imageName,
    layers: imageLayers(engine.store, record.imageId).map(({ sizeBytes }) => sizeBytes),
    ownBytes: treeSize(snapshotPaths(engine.paths.root, record.id).upper),
    mounts: mountsOf(record),
    addresses: pid === undefined || state === undefined ? [] : addressesOf(engine, state),
    ports: pid === undefined ? record.spec.ports : (state?.ports ?? []),
  };
}

function mountsOf({ mounts }: ContainerRecord): MapContainer["mounts"] {
  return mounts.flatMap((mount) =>
    mount.type === "bind" || mount.type === "volume"
      ? [{ source: mount.source ?? "", target: mount.target, volume: mount.type === "volume" }]
      : [],
  );
}

function addressesOf(engine: Engine, state: NonNullable<ContainerSummary["state"]>): MapAddress[] {
  return endpointsOf(engine, state).map(({ network, interfaceName, ip, ip6 }) => ({
    network,
    interfaceName,
    addresses: [ip, ...(ip6 === undefined ? [] : [ip6])],
  }));
}

function networksOf(engine: Engine, containers: readonly MapContainer[]): MapNetwork[] {
  const names = new Set(containers.flatMap(({ addresses }) => addresses.map(({ network }) => network)));
  return [...names].toSorted().map((name) => {
    const { bridgeName, subnets } = networkOf(engine, name);
    return { name, bridge: bridgeName, subnets: subnets.map(({ cidr }) => cidr) };
  });
}
