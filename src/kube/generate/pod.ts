import type { ContainerPort, Pod, PodSpec } from "kubernetes-types/core/v1";
import type { ContainerRecord } from "../../state/container.ts";
import type { PortMapping } from "../../state/spec/network.ts";
import { containerOf } from "./container.ts";
import { filled, type GenerateContext } from "./context.ts";
import type { VolumeTable } from "./volumes.ts";

const STOP_SECONDS = 10;
const POLICIES = { always: "Always", "unless-stopped": "Always", "on-failure": "OnFailure", no: "Never" } as const;

/** A pod, or a container alone, as a Pod. */
export function podOf(context: GenerateContext, table: VolumeTable): Pod {
  const { name, pod, members } = context.source;
  const labels = pod?.labels ?? members[0]?.spec.labels ?? {};
  const annotations = members[0]?.spec.annotations ?? {};
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: filled({
      name,
      labels: Object.keys(labels).length === 0 ? { app: name } : { ...labels },
      annotations: { ...annotations },
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
  const [first] = members.filter((member) => !isInit(member));
  const grace = Math.max(0, ...members.map(({ spec }) => spec.stopTimeout));
  const hostname = pod?.hostname ?? holder?.spec.hostname;
  return filled<PodSpec>({
    // A pod's ports stand at one of its containers.
    containers: containers.map((container, index) =>
      index === 0 && ports.length > 0 ? { ...container, ports } : container,
    ),
    initContainers,
    volumes: [...table.volumes.values()],
    restartPolicy: POLICIES[first?.spec.restart?.name ?? "no"],
    terminationGracePeriodSeconds: grace === STOP_SECONDS ? undefined : grace,
    hostname: hostname === name ? undefined : hostname,
    ...namespacesOf(context.source),
    ...namesOf(holder),
    securityContext: podSecurity(holder, members),
  });
}

function namespacesOf({ pod, holder }: GenerateContext["source"]): Partial<PodSpec> {
  const { pid, ipc, user } = holder?.spec.namespaces ?? {};
  return {
    hostNetwork: holder?.spec.network === "host",
    hostPID: pid === "host",
    hostIPC: ipc === "host",
    shareProcessNamespace: pod?.share.includes("pid") === true && pid !== "host",
    ...(user === undefined ? {} : { hostUsers: user.mode === "host" }),
  };
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

function namesOf(holder: ContainerRecord | undefined): Pick<PodSpec, "hostAliases" | "dnsConfig"> {
  const byAddress = new Map<string, string[]>();
  for (const line of holder?.spec.addHosts ?? []) {
    const colon = line.indexOf(":");
    const [hostnames, ip] = [line.slice(0, colon).split(";"), line.slice(colon + 1)];
    byAddress.set(ip, [...(byAddress.get(ip) ?? []), ...hostnames]);
  }
  const { dns = [], dnsSearch = [], dnsOptions = [] } = holder?.spec ?? {};
  const options = dnsOptions.map((option) => {
    const [name = "", value] = option.split(":");
    return value === undefined ? { name } : { name, value };
  });
  return {
    hostAliases: [...byAddress].map(([ip, hostnames]) => ({ ip, hostnames })),
    dnsConfig: filled({ nameservers: [...dns], searches: [...dnsSearch], options }),
  };
}

function podSecurity(
  holder: ContainerRecord | undefined,
  members: readonly ContainerRecord[],
): NonNullable<PodSpec["securityContext"]> {
  const groups = new Set(members.flatMap(({ spec }) => spec.groupAdd).filter((group) => /^\d+$/.test(group)));
  return filled({
    supplementalGroups: [...groups].map(Number),
    sysctls: Object.entries(holder?.spec.sysctls ?? {}).map(([name, value]) => ({ name, value })),
  });
}
