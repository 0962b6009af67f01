import type { ContainerPort, Pod, PodSpec } from "kubernetes-types/core/v1";
import { hostNameOf } from "../../engine/host-name.ts";
import type { ContainerRecord } from "../../state/container.ts";
import type { PortMapping } from "../../state/spec/network.ts";
import type { ProcessOptions } from "../../state/spec/process.ts";
import { GROUP_LABEL } from "../play/labels.ts";
import { containerOf } from "./container.ts";
import { filled, type GenerateContext, tellUnsaid } from "./context.ts";
import type { VolumeTable } from "./volumes.ts";
import { namespacesOf, ofAll, restartOf, tellPodUnsaid } from "./whole-pod.ts";

const STOP_SECONDS = 10;

/** A pod, or a container alone, as a Pod. */
export function podOf(context: GenerateContext, table: VolumeTable): Pod {
  const { name, pod, members } = context.source;
  const labels = pod?.labels ?? members[0]?.spec.labels ?? {};
  tellPodUnsaid(context);
  for (const member of members) {
    const own = Object.entries(member.spec.labels).some(([key, value]) => labels[key] !== value);
    tellUnsaid(context, member.name, own ? ["--label of one container of a pod"] : []);
  }
  const annotations = ofAll(context, "--annotation", ({ spec }) => entriesOf(spec.annotations));
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: filled({
      name,
      labels: Object.keys(labels).length === 0 ? { app: name } : { ...labels },
      annotations: Object.fromEntries(annotations.map((entry) => JSON.parse(entry) as [string, string])),
    }),
    spec: specOf(context, table),
  };
}

function specOf(context: GenerateContext, table: VolumeTable): PodSpec {
  const { name, pod, holder, members } = context.source;
  const isInit = ({ spec }: ContainerRecord): boolean => spec.pod?.init !== undefined;
  const containers = members.filter((member) => !isInit(member)).map((member) => containerOf(context, table, member));
  const ports = (holder?.spec.ports ?? []).flatMap(containerPorts);
  const initContainers = members.filter(isInit).map((member) => containerOf(context, table, member));
  const grace = Math.max(0, ...members.map(({ spec }) => spec.stopTimeout));
  const [deadline] = ofAll(context, "--timeout", ({ spec }) => secondsOf(spec.process));
  const hostname = pod?.hostname ?? holder?.spec.hostname;
  return filled<PodSpec>({
    // A pod's ports stand at one of its containers.
    containers: containers.map((container, index) =>
      index === 0 && ports.length > 0 ? { ...container, ports } : container,
    ),
    initContainers,
    volumes: [...table.volumes.values()],
    restartPolicy: restartOf(context),
    activeDeadlineSeconds: deadline === undefined ? undefined : Number(deadline),
    terminationGracePeriodSeconds: grace === STOP_SECONDS ? undefined : grace,
    hostname: hostname === hostNameOf(name) ? undefined : hostname,
    ...namespacesOf(context),
    ...namesOf(holder),
    securityContext: podSecurity(context),
  });
}

function entriesOf(texts: Readonly<Record<string, string>>): string[] {
  return Object.entries(texts).map((entry) => JSON.stringify(entry));
}

function secondsOf({ timeoutSeconds }: ProcessOptions = {}): string[] {
  return timeoutSeconds === undefined ? [] : [String(timeoutSeconds)];
}

function containerPorts({ hostIp, hostPort, containerPort, protocol, range }: PortMapping): ContainerPort[] {
  return Array.from({ length: range }, (_, index) =>
    filled<ContainerPort>({
      containerPort: containerPort + index,
      hostPort: hostPort === 0 ? undefined : hostPort + index,
      hostIP: hostIp,
      protocol: protocol === "tcp" ? undefined : protocol.toUpperCase(),
    }),
  );
}

function namesOf(holder: ContainerRecord | undefined): Pick<PodSpec, "hostAliases" | "dnsPolicy" | "dnsConfig"> {
  const byAddress = new Map<string, string[]>();
  for (const line of holder?.spec.addHosts ?? []) {
    const colon = line.indexOf(":");
    const [hostnames, ip] = [line.slice(0, colon).split(";"), line.slice(colon + 1)];
    byAddress.set(ip, [...(byAddress.get(ip) ?? []), ...hostnames]);
  }
  const { dns = [], dnsSearch = [], dnsOptions = [], identity = {} } = holder?.spec ?? {};
  const options = dnsOptions.map((option) => {
    const [name = "", value] = option.split(":");
    return value === undefined ? { name } : { name, value };
  });
  return {
    hostAliases: [...byAddress].map(([ip, hostnames]) => ({ ip, hostnames })),
    ...(identity.givenDnsOnly === true ? { dnsPolicy: "None" } : {}),
    dnsConfig: filled({ nameservers: [...dns], searches: [...dnsSearch], options }),
  };
}

/** The group of the volumes that YAML made for the pod. */
function fsGroupOf({ source, facts }: GenerateContext): number | undefined {
  const volumes = source.members.flatMap(({ mounts }) =>
    mounts.flatMap((mount) => (mount.type === "volume" ? [mount] : [])),
  );
  const group = volumes
    .map((mount) => facts.volume(mount.source ?? "")?.labels[GROUP_LABEL])
    .find((found) => found !== undefined);
  return group === undefined ? undefined : Number(group);
}

function podSecurity(context: GenerateContext): NonNullable<PodSpec["securityContext"]> {
  const groups = ofAll(context, "--group-add", ({ spec }) => spec.groupAdd);
  const fsGroup = fsGroupOf(context);
  return filled({
    fsGroup,
    supplementalGroups: groups.filter((group) => /^\d+$/.test(group) && Number(group) !== fsGroup).map(Number),
    sysctls: Object.entries(context.source.holder?.spec.sysctls ?? {}).map(([name, value]) => ({ name, value })),
  });
}
