import { mountedImages } from "../../engine/create-mounts.ts";
import type { Engine } from "../../engine/engine.ts";
import { lookUpImage } from "../../engine/find-image.ts";
import { type ContainerSummary, summarize } from "../../engine/list.ts";
import { dependenciesOf } from "../../engine/namespaces.ts";
import { attachmentsOf } from "../../engine/network/attachments.ts";
import { usersOf } from "../../engine/network/users.ts";
import { hasProcess, observe } from "../../engine/status.ts";
import { ownsBridge } from "../../network/driver-options.ts";
import type { ContainerSpec } from "../../state/container.ts";
import { getContainer, listContainers, listStates } from "../../state/containers.ts";
import { findNetwork } from "../../state/networks.ts";
import type { PodRecord } from "../../state/pod.ts";
import { listPods } from "../../state/pods.ts";
import { getDueRun } from "../../state/schedules.ts";
import { getVolume } from "../../state/volumes.ts";
import { LABELS } from "../plan/names.ts";
import type { ObservedContainer, ObservedPod, ObservedState } from "../plan/observed.ts";

/** The engine's containers, networks, volumes and images, as a plan sees them. Takes no lock. */
export function observeProject(engine: Engine, project: string): ObservedState {
  return {
    containers: projectContainers(engine, project).map((listed) => observed(engine, listed)),
    pod: (name) => {
      const pod = listPods(engine.store).find((one) => one.name === name);
      return pod === undefined ? undefined : observedPod(engine, pod);
    },
    get pods() {
      const ours = listPods(engine.store).filter(({ labels }) => labels[LABELS.project] === project);
      return ours.map((pod) => observedPod(engine, pod));
    },
    network: (name) => {
      const network = findNetwork(engine.store, name);
      if (network === undefined) return undefined;
      return {
        name,
        labels: network.labels ?? {},
        addressesMove: ownsBridge(network) && network.cluster === undefined,
        // Rarely asked for, and every container has to be looked at.
        get users() {
          return usersOf(engine, name);
        },
      };
    },
    volume: (name) => {
      const volume = getVolume(engine.store, name);
      return volume === undefined ? undefined : { name, labels: volume.labels, users: [] };
    },
    imageId: (reference) => lookUpImage(engine, reference)?.image.id,
  };
}

/** One that was made to wait beside another, and has got something of it. */
function hasShifted({ standbyNames, ports }: ContainerSpec): boolean {
  return standbyNames !== true || ports.some(({ share }) => share !== undefined && share.standby !== true);
}

function observedPod(engine: Engine, { id, name, labels, infraId }: PodRecord): ObservedPod {
  const infra = infraId === undefined ? undefined : getContainer(engine.store, infraId);
  const isUp = infra !== undefined && hasProcess(observe(engine, infra));
  return { id, name, labels, infraId: infra?.id, isUp };
}

/** Every container of a project, oldest first. */
export function projectContainers(engine: Engine, project: string): ContainerSummary[] {
  const records = listContainers(engine.store).filter(({ labels }) => labels[LABELS.project] === project);
  const states = records.length === 0 ? undefined : listStates(engine.live);
  return records.map((record) => summarize(engine, record, states?.get(record.id)));
}

function observed(engine: Engine, { record, status, state, exit }: ContainerSummary): ObservedContainer {
  const { id, name, labels, imageId, volumes, spec } = record;
  const replaces = labels[LABELS.replace];
  return {
    id,
    name,
    service: labels[LABELS.service] ?? "",
    number: Number(labels[LABELS.number] ?? 0),
    oneOff: labels[LABELS.oneOff] === "True",
    helper: labels[LABELS.hook] !== undefined,
    status,
    ...(state?.health === undefined ? {} : { health: state.health.status }),
    ...(exit === undefined ? {} : { exitCode: exit.code }),
    configHash: labels[LABELS.configHash] ?? "",
    imageId,
    sharesPorts: spec.ports.some(({ share }) => share !== undefined),
    networks: attachmentsOf(record).map(({ network }) => network),
    volumes,
    mountedImages: mountedImages(record).map((mounted) => mounted.imageId),
    joins: dependenciesOf(record),
    ...(spec.pod === undefined ? {} : { pod: spec.pod.id }),
    ...(spec.schedule !== undefined && getDueRun(engine.store, id) !== undefined ? { schedule: spec.schedule } : {}),
    ...(replaces === undefined ? {} : { replaces, hasTakenOver: status === "running" && hasShifted(spec) }),
    ...(spec.origin === undefined ? {} : { made: spec.origin }),
    labels,
  };
}
