import type { Container, PodSpec } from "kubernetes-types/core/v1";
import { hostNameOf } from "../../engine/host-name.ts";
import { plainSpec } from "../../engine/plain-spec.ts";
import { parseIp } from "../../network/address.ts";
import type { LogSpec } from "../../state/spec/log.ts";
import type { Namespaces } from "../../state/spec/namespaces.ts";
import type { NetworkAttachment, NetworkMode, PortMapping } from "../../state/spec/network.ts";
import type { IdentityOptions } from "../../state/spec/process.ts";
import type { AnyVolume } from "../schema/volume.ts";
import { type PodParts, planContainer } from "./container.ts";
import { type PlanContext, reject } from "./context.ts";
import type { PodPlan } from "./pod-plan.ts";
import { hostPorts, withPublished } from "./ports.ts";
import type { Served } from "./services.ts";
import { type PodVolume, podVolume } from "./volumes.ts";
import type { AskedPod } from "./workloads.ts";

/** The ids of a pod that does not have the host's: as many as Kubernetes gives it, whatever its images need. */
export const OWN_USERS: NonNullable<Namespaces["user"]> = { mode: "auto", size: 65_536, uids: [], gids: [] };

/** What the command line says of all pods. */
export type PlayOptions = {
  readonly annotations: Readonly<Record<string, string>>;
  readonly network: NetworkMode;
  readonly networks: readonly NetworkAttachment[];
  /** Of the first network of each pod, in order. */
  readonly addresses: readonly Pick<NetworkAttachment, "ipv4" | "ipv6" | "mac">[];
  readonly publish: readonly PortMapping[];
  readonly publishAll: boolean;
  readonly noHosts: boolean;
  readonly noHostname: boolean;
  readonly userns: Namespaces["user"];
  readonly log: LogSpec;
};

/** A pod with its containers, all decided but what images say. */
export function planPod(context: PlanContext, asked: AskedPod, options: PlayOptions, served: Served): PodPlan {
  const { name, metadata, spec, restart } = asked;
  const labels = metadata?.labels ?? {};
  const all = [...(spec.initContainers ?? []), ...spec.containers];
  checkNames(context, all);
  const facts = {
    name,
    metadata,
    serviceAccount: spec.serviceAccountName ?? spec.serviceAccount ?? "default",
    containers: all,
  };
  const volumes = new Map<string, PodVolume>();
  for (const volume of (spec.volumes ?? []) as AnyVolume[]) {
    const planned = podVolume(context, facts, volume, spec.securityContext?.fsGroup);
    if (volumes.has(volume.name))
      reject(context, [volume, "name"], `there are two volumes "${volume.name}"`, "rename one");
    if (planned !== undefined) volumes.set(volume.name, planned);
  }
  const parts: PodParts = {
    facts,
    spec,
    labels,
    annotations: { ...metadata?.annotations, ...options.annotations },
    volumes,
    restart,
    log: options.log,
    deadlineSeconds: asked.deadlineSeconds,
  };
  const planned = [...volumes.values()];
  const infra = infraOf(context, asked, options, served);
  return {
    name,
    labels,
    infra,
    share: sharedBy(spec, infra),
    restart,
    volumes: planned.flatMap((volume) => (volume.kind === "volume" && volume.plan !== undefined ? [volume.plan] : [])),
    hostPaths: planned.flatMap((volume) => (volume.kind === "host" ? [{ path: volume.path, type: volume.type }] : [])),
    images: planned.flatMap((volume) => (volume.kind === "image" ? [volume.reference] : [])),
    init: (spec.initContainers ?? []).map((container) =>
      planContainer(context, parts, container, container.restartPolicy === "Always" ? "sidecar" : "always"),
    ),
    containers: spec.containers.map((container) => planContainer(context, parts, container, undefined)),
    start: asked.start,
  };
}

function sharedBy(spec: PodSpec, { namespaces }: PodPlan["infra"]): PodPlan["share"] {
  const { pid, user } = namespaces ?? {};
  return [
    "ipc",
    "net",
    "uts",
    // What the infra container has of the host, its members have by sharing it.
    ...(spec.shareProcessNamespace === true || pid === "host" ? (["pid"] as const) : []),
    ...(user === undefined || user.mode === "host" ? [] : (["user"] as const)),
  ];
}

function infraOf(
  context: PlanContext,
  { name, spec }: AskedPod,
  options: PlayOptions,
  served: Served,
): PodPlan["infra"] {
  const onHost = spec.hostNetwork === true || options.network === "host";
  const ports = withPublished(
    [...hostPorts(context, spec.containers, options.publishAll), ...served.ports],
    options.publish,
  );
  const hostname = spec.hostname ?? hostNameOf(name);
  const aliases = [
    name,
    hostname,
    ...(spec.subdomain === undefined ? [] : [`${hostname}.${spec.subdomain}`]),
    ...served.aliases,
  ];
  const network: NetworkMode = onHost ? "host" : options.network;
  const identity: IdentityOptions = {
    ...(options.noHosts ? { noHosts: true } : {}),
    ...(options.noHostname ? { noHostname: true } : {}),
    ...(spec.dnsPolicy === "None" ? { givenDnsOnly: true } : {}),
  };
  return plainSpec({
    image: "",
    ...(onHost ? {} : { hostname }),
    network,
    ...(network === "bridge" ? { networks: withAliases(options.networks, [...new Set(aliases)]) } : {}),
    // On the host's network, a container's ports are the host's already.
    ports: onHost ? [] : ports,
    addHosts: hostAliases(context, spec),
    ...dnsOf(context, spec),
    sysctls: Object.fromEntries((spec.securityContext?.sysctls ?? []).map((sysctl) => [sysctl.name, sysctl.value])),
    namespaces: namespacesOf(spec, options.userns),
    ...(Object.keys(identity).length === 0 ? {} : { identity }),
  });
}

function withAliases(networks: readonly NetworkAttachment[], names: readonly string[]): NetworkAttachment[] {
  return networks.map((network) => ({ ...network, aliases: [...(network.aliases ?? []), ...names] }));
}

function namespacesOf({ hostPID, hostIPC, hostUsers }: PodSpec, userns: Namespaces["user"]): Namespaces {
  const user = userns ?? (hostUsers === false ? OWN_USERS : undefined);
  return {
    ...(hostPID === true ? { pid: "host" } : {}),
    ...(hostIPC === true ? { ipc: "host" } : {}),
    ...(user === undefined ? {} : { user }),
  };
}

function hostAliases(context: PlanContext, { hostAliases: aliases = [] }: PodSpec): string[] {
  return aliases.flatMap((alias) => {
    const { ip = "", hostnames = [] } = alias;
    if (parseIp(ip) === undefined) reject(context, [alias, "ip"], `"${ip}" is not an address`);
    return hostnames.map((hostname) => `${hostname}:${ip}`);
  });
}

function dnsOf(context: PlanContext, spec: PodSpec): Pick<PodPlan["infra"], "dns" | "dnsSearch" | "dnsOptions"> {
  const { nameservers = [], searches = [], options = [] } = spec.dnsConfig ?? {};
  if (spec.dnsPolicy === "None" && nameservers.length === 0)
    reject(context, [spec, "dnsPolicy"], "dnsPolicy: None needs a name server", "add dnsConfig.nameservers");
  for (const [index, server] of nameservers.entries())
    if (parseIp(server) === undefined)
      reject(context, [nameservers, String(index)], `the name server "${server}" is not an address`);
  return {
    dns: nameservers,
    dnsSearch: searches,
    dnsOptions: options.map(({ name = "", value }) => (value === undefined ? name : `${name}:${value}`)),
  };
}

function checkNames(context: PlanContext, containers: readonly Container[]): void {
  const seen = new Set<string>();
  for (const container of containers) {
    if (seen.has(container.name))
      reject(context, [container, "name"], `there are two containers "${container.name}"`, "rename one");
    seen.add(container.name);
  }
}
