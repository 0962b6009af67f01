import { listStates } from "../../state/containers.ts";
import type { PodRecord } from "../../state/pod.ts";
import { listPods } from "../../state/pods.ts";
import type { Engine } from "../engine.ts";
import { type ContainerSummary, summarizeContainers } from "../list.ts";
import { cgroupParent, podCgroupPath } from "../runtime-places.ts";
import type { ObservedStatus } from "../status.ts";

/** A pod's state, in Podman's words. */
export type PodStatus = "Created" | "Running" | "Degraded" | "Paused" | "Stopped" | "Exited";

/** A pod as it is at this moment. */
export type PodSummary = {
  readonly pod: PodRecord;
  readonly status: PodStatus;
  /** Its containers, oldest first, the infra container among them. */
  readonly members: readonly ContainerSummary[];
  /** Where its cgroup lies, and the cgroup itself. */
  readonly cgroupParent: string;
  readonly cgroupPath: string;
};

/** Every pod, oldest first. Takes no lock. */
export function summarizePods(engine: Engine): PodSummary[] {
  const pods = listPods(engine.store);
  if (pods.length === 0) return [];
  const containers = summarizeContainers(engine);
  return pods.map((pod) => summarizePod(engine, pod, containers));
}

/** One pod; `containers` has its members among others. */
export function summarizePod(engine: Engine, pod: PodRecord, containers: readonly ContainerSummary[]): PodSummary {
  const members = containers.filter(({ record }) => record.spec.pod?.id === pod.id);
  const parent = pod.resources.cgroupParent ?? cgroupParent(engine);
  return {
    pod,
    members,
    status: podStatus(members.filter(({ record }) => record.spec.pod?.init === undefined).map(({ status }) => status)),
    cgroupParent: parent,
    cgroupPath: podCgroupPath(parent, pod.id),
  };
}

/** The state of a pod by those of its containers without the init containers, which are to end. Pure. Source: libpod's createPodStatusResults. */
export function podStatus(members: readonly ObservedStatus[]): PodStatus {
  const count = (...statuses: ObservedStatus[]): number => members.filter((status) => statuses.includes(status)).length;
  const running = count("running", "stopping");
  const ended = count("exited", "restarting");
  if (members.length === 0) return "Created";
  if (running === members.length) return "Running";
  if (running > 0) return "Degraded";
  if (count("paused") === members.length) return "Paused";
  if (ended === members.length) return "Exited";
  return ended > 0 ? "Stopped" : "Created";
}

/** What a container has of its pod, for lists: its name, and the ports that are published for all who share its network. */
export type PodShare = Pick<PodRecord, "name"> & { readonly ports: ContainerSummary["record"]["spec"]["ports"] };

/** {@link PodShare} of the containers that are in pods, by container id; nothing is looked up where none is. */
export function podShares(
  engine: Engine,
  containers: readonly Pick<ContainerSummary, "record">[],
): ReadonlyMap<string, PodShare> {
  const inPods = containers.filter(({ record }) => record.spec.pod !== undefined);
  if (inPods.length === 0) return new Map();
  const pods = new Map(listPods(engine.store).map((pod) => [pod.id, pod]));
  const states = listStates(engine.live);
  return new Map(
    inPods.flatMap(({ record }) => {
      const pod = pods.get(record.spec.pod?.id ?? "");
      if (pod === undefined) return [];
      const joins = record.spec.network === `container:${pod.infraId}`;
      return [[record.id, { name: pod.name, ports: joins ? (states.get(pod.infraId ?? "")?.ports ?? []) : [] }]];
    }),
  );
}
