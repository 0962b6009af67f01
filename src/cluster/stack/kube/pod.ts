import type { Container, PodSpec, Volume, VolumeMount } from "kubernetes-types/core/v1";
import { defineHealthCheck } from "../../../engine/health/define.ts";
import { filled, type GenerateContext, kubeName } from "../../../kube/generate/context.ts";
import { podOf } from "../../../kube/generate/pod.ts";
import { configMapOf, type VolumeTable } from "../../../kube/generate/volumes.ts";
import type { ContainerRecord, ContainerSpec } from "../../../state/container.ts";
import type { MountSpec } from "../../../state/spec/mounts.ts";
import type { RestartPolicy } from "../../../state/spec/restart.ts";
import type { SecretUse } from "../../../state/spec/secrets.ts";
import type { VolumeRecord } from "../../../state/volumes.ts";
import type { FileUse } from "../../model/file.ts";
import { isJob, type ServiceSpec } from "../../model/service.ts";
import { placementOf } from "./placement.ts";
import type { KubeService, KubeStack } from "./source.ts";

/** What pods are made from: their labels, and what their configs and volumes become. */
export type PodTemplate = {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: PodSpec;
  readonly configMaps: VolumeTable["configMaps"];
};

const ANONYMOUS = "anonymous-";
const QUALIFIED = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\/)?[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?$/;

/** The name of a service's objects: its names leads to it as before. */
export function objectName(service: string): string {
  const name = kubeName(service);
  return /^[a-z]/.test(name) ? name : `s-${name}`.slice(0, 63);
}

/** A service's task as the template of a pod. */
export function templateOf(stack: KubeStack, service: KubeService, warnings: string[]): PodTemplate {
  const { spec } = service;
  const name = objectName(service.name);
  const labels = { "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": kubeName(stack.name) };
  const warn = (text: string): void => void warnings.push(`${service.name}: ${text}`);
  const annotations = annotationsOf(spec.container, warn);
  const record = recordOf(name, { ...spec, container: { ...spec.container, labels, annotations } }, warn);
  const source = { name, pod: undefined, holder: record, members: [record] };
  const context: GenerateContext = { source, facts: FACTS, warnings };
  const table: VolumeTable = { volumes: new Map(), configMaps: new Map() };
  const { spec: made = { containers: [] } } = podOf(context, table);
  const configs = (spec.files ?? []).flatMap((file) =>
    file.kind === "config" ? [configMount(table, file, stack.configs.get(file.id))] : [],
  );
  const owned = (spec.files ?? []).some(({ uid, gid }) => uid !== 0 || gid !== 0);
  if (owned) warn("Kubernetes has files of Secrets and ConfigMaps belong to root, or to the group of fsGroup");
  const containers = made.containers.map((container) => withMore(container, { spec, configs }));
  const volumes = [...table.volumes.values()];
  const placement = placementOf(spec.placement, { labels, warn });
  return {
    labels,
    annotations,
    spec: { ...made, ...placement, containers, ...(volumes.length === 0 ? {} : { volumes }) },
    configMaps: table.configMaps,
  };
}

const FACTS: GenerateContext["facts"] = {
  volume: (name) => (name.startsWith(ANONYMOUS) ? anonymous(name) : undefined),
  files: () => [],
  secret: () => undefined,
  kindOf: () => "",
};

function anonymous(name: string): VolumeRecord {
  return { name, anonymous: true, createdAt: 0, labels: {} };
}

/** The container that a task would have, as the writer of YAML wants it. */
function recordOf(name: string, spec: ServiceSpec, warn: (text: string) => void): ContainerRecord {
  // Networks, and ports that are shared, become Services.
  const { networks: _services, ...container } = spec.container;
  const healthcheck = container.healthcheck === undefined ? undefined : checkOf(container);
  return {
    id: name,
    name,
    createdAt: 0,
    imageId: "",
    imageName: container.image,
    architecture: "",
    chainId: "",
    spec: {
      ...container,
      restart: restartOf(spec),
      secrets: (spec.files ?? []).flatMap(secretOf),
      // What comes in by a Service needs no port of a node.
      ports: container.ports.map(({ share, ...port }) =>
        share === undefined ? port : { ...port, hostIp: "", hostPort: 0 },
      ),
    },
    process: { args: [], entrypoint: [], env: [], cwd: "", user: "", stopSignal: "" },
    labels: {},
    exposed: [],
    mounts: container.mounts.map((mount, index) => mountOf(mount, index, warn)),
    volumes: [],
    hostname: "",
    ...(healthcheck === undefined ? {} : { healthcheck }),
  };
}

// One that only changes the times of the image's check says nothing without it.
function checkOf({ healthcheck }: ContainerSpec): ContainerRecord["healthcheck"] {
  return healthcheck?.test === undefined ? undefined : defineHealthCheck(healthcheck, undefined);
}

function restartOf(spec: ServiceSpec): RestartPolicy {
  if (!isJob(spec)) return { name: "always" };
  return { name: spec.restart.condition === "none" ? "no" : "on-failure" };
}

function secretOf({ kind, name, target, uid, gid, mode }: FileUse): SecretUse[] {
  return kind === "config" ? [] : [{ type: "mount", secret: kubeName(name), target, uid, gid, mode }];
}

function mountOf(mount: MountSpec, index: number, warn: (text: string) => void): MountSpec {
  if (mount.type === "bind") warn(`${mount.source} is a folder or file of each node`);
  if (mount.type !== "volume") return mount;
  return { ...mount, source: mount.source === undefined ? `${ANONYMOUS}${index}` : kubeName(mount.source) };
}

function configMount(table: VolumeTable, { name, target, mode }: FileUse, data: Uint8Array | undefined): VolumeMount {
  const key = kubeName(name);
  const volume: Volume = {
    name: kubeName(`${name}-config`),
    configMap: { name: key, defaultMode: mode, items: [{ key, path: key }] },
  };
  table.volumes.set(volume.name, volume);
  if (data !== undefined) table.configMaps.set(key, configMapOf(key, [[key, data]]));
  return { name: volume.name, mountPath: target, subPath: key, readOnly: true };
}

type More = { readonly spec: ServiceSpec; readonly configs: readonly VolumeMount[] };

/** What a service says besides its container. */
function withMore(container: Container, { spec, configs }: More): Container {
  const { nanoCpus, memoryBytes } = spec.reserve;
  const requests = filled<Record<string, string | undefined>>({
    cpu: nanoCpus === 0 ? undefined : `${Math.ceil(nanoCpus / 1e6)}m`,
    memory: memoryBytes === 0 ? undefined : String(memoryBytes),
  }) as Record<string, string>;
  const { resources = {}, volumeMounts = [], readinessProbe } = container;
  return {
    ...container,
    ...filled<Pick<Container, "resources" | "volumeMounts" | "livenessProbe">>({
      resources: filled({ limits: resources.limits, requests: { ...resources.requests, ...requests } }),
      volumeMounts: [...volumeMounts, ...configs],
      // A task that becomes unhealthy gets nothing more, and is ended.
      livenessProbe: container.livenessProbe ?? readinessProbe,
    }),
  };
}

/** Labels of containers may say anything; those of Kubernetes may not. */
function annotationsOf(container: ContainerSpec, warn: (text: string) => void): Record<string, string> {
  const all = Object.entries({ ...container.labels, ...container.annotations });
  const own = all.filter(([key]) => !/^com\.docker\.(?:stack|compose)\./.test(key));
  for (const [key] of own) if (!QUALIFIED.test(key)) warn(`"${key}" cannot be the key of an annotation`);
  return Object.fromEntries(own.filter(([key]) => QUALIFIED.test(key)));
}
