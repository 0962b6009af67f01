import type { PersistentVolumeClaim, Pod, Service } from "kubernetes-types/core/v1";
import { writeYaml } from "../../lib/yaml/write.ts";
import type { VolumeRecord } from "../../state/volumes.ts";
import { filled, type GenerateContext, type GenerateFacts, type Source } from "./context.ts";
import { podOf } from "./pod.ts";
import type { VolumeTable } from "./volumes.ts";

export type GenerateOptions = {
  readonly type: "pod" | "deployment" | "daemonset" | "job";
  readonly replicas: number;
  readonly service: boolean;
};

export type Generated = { readonly text: string; readonly warnings: readonly string[] };

const STORAGE = "1Gi";

/** YAML that plays the same pods, containers and volumes again. Pure but for the facts. */
export function generateYaml(
  sources: readonly Source[],
  volumes: readonly VolumeRecord[],
  facts: GenerateFacts,
  options: GenerateOptions,
): Generated {
  const warnings: string[] = [];
  const objects: object[] = volumes.map(claimOf);
  for (const source of sources) {
    const context: GenerateContext = { source, facts, warnings };
    const table: VolumeTable = { volumes: new Map(), configMaps: new Map() };
    const pod = podOf(context, table);
    objects.push(...table.configMaps.values());
    if (options.service) objects.push(serviceOf(pod, source));
    objects.push(workloadOf(pod, options));
  }
  return { text: documentsOf(objects), warnings };
}

/** Objects as the documents of a file. */
export function documentsOf(objects: readonly object[]): string {
  return objects.map((object) => writeYaml(sorted(object))).join("---\n");
}

/** A volume as what claims it. */
export function claimOf({
  name,
  labels,
  options = {},
}: Pick<VolumeRecord, "name" | "labels" | "options">): PersistentVolumeClaim {
  const words = (options["o"] ?? "").split(",").filter((word) => word !== "");
  const id = (key: string): string | undefined =>
    words.find((word) => word.startsWith(`${key}=`))?.slice(key.length + 1);
  const rest = words.filter((word) => !/^[ug]id=/.test(word)).join(",");
  const annotations = filled<Record<string, string | undefined>>({
    "volume.podman.io/driver": "local",
    "volume.podman.io/device": options["device"],
    "volume.podman.io/type": options["type"],
    "volume.podman.io/uid": id("uid"),
    "volume.podman.io/gid": id("gid"),
    "volume.podman.io/mount-options": rest,
  });
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: filled({ name, labels: { ...labels }, annotations: annotations as Record<string, string> }),
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: STORAGE } } },
  };
}

/** A Service with the published ports of a pod; --service of Podman. */
function serviceOf({ metadata }: Pod, { holder }: Source): Service {
  const ports = (holder?.spec.ports ?? []).flatMap(({ containerPort, protocol, range }) =>
    Array.from({ length: range }, (_, index) => ({
      name: String(containerPort + index),
      port: containerPort + index,
      targetPort: containerPort + index,
      ...(protocol === "tcp" ? {} : { protocol: protocol.toUpperCase() }),
    })),
  );
  const labels = metadata?.labels ?? {};
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: metadata?.name ?? "", labels },
    spec: filled({ ports, selector: labels, type: ports.length > 0 ? "NodePort" : "ClusterIP" }),
  };
}

function workloadOf(pod: Pod, { type, replicas }: GenerateOptions): object {
  if (type === "pod") return pod;
  // Playing puts this behind the name again.
  const name = (pod.metadata?.name ?? "").replace(/-pod$/, "");
  const { labels = {}, annotations } = pod.metadata ?? {};
  const metadata = { name, labels };
  const spec = { ...pod.spec };
  if (type !== "job") delete spec.restartPolicy;
  else if (spec.restartPolicy === "Always") spec.restartPolicy = "OnFailure";
  const template = { metadata: filled({ labels, annotations }), spec };
  const selector = { matchLabels: labels };
  switch (type) {
    case "deployment":
      return {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata,
        spec: { ...(replicas === 1 ? {} : { replicas }), selector, template },
      };
    case "daemonset":
      return { apiVersion: "apps/v1", kind: "DaemonSet", metadata, spec: { selector, template } };
    case "job":
      return { apiVersion: "batch/v1", kind: "Job", metadata, spec: { template } };
  }
}

/** Keys in the order of the alphabet, as kubectl and Podman write them. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]));
}
