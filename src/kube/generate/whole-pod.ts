import { isDeepStrictEqual } from "node:util";
import type { PodSpec } from "kubernetes-types/core/v1";
import type { ContainerRecord, ContainerSpec } from "../../state/container.ts";
import type { PodNamespace } from "../../state/pod.ts";
import type { Namespaces } from "../../state/spec/namespaces.ts";
import type { NetworkAttachment } from "../../state/spec/network.ts";
import { OWN_USERS } from "../plan/pod.ts";
import { KUBE_NETWORK } from "../play/network.ts";
import { filled, type GenerateContext, ifTrue, type Source, tellUnsaid } from "./context.ts";
import { unsaidLimits, unsaidOptions } from "./unsaid.ts";

const POLICIES = { always: "Always", "unless-stopped": "Always", "on-failure": "OnFailure", no: "Never" } as const;
/** What the containers of a played pod share, whatever else its file says. */
const SHARED: readonly PodNamespace[] = ["ipc", "net", "uts"];
const OPTIONS = { pid: "--pid", ipc: "--ipc", uts: "--uts", cgroup: "--cgroupns", user: "--userns" } as const;
type Kind = keyof typeof OPTIONS;
const AUTO: Namespaces["user"] = { mode: "auto", uids: [], gids: [] };

/** Of texts that YAML says of a whole pod only, those that all its containers have; the others are told of. */
export function ofAll(
  context: GenerateContext,
  option: string,
  textsOf: (member: ContainerRecord) => readonly string[],
): string[] {
  const { members } = context.source;
  const [first = [], ...others] = members.map(textsOf);
  const common = first.filter((text) => others.every((texts) => texts.includes(text)));
  for (const member of members) {
    const own = textsOf(member).some((text) => !common.includes(text));
    tellUnsaid(context, member.name, own ? [`${option} of one container of a pod`] : []);
  }
  return common;
}

/** The policy that all containers have, else the pod's, else the first one's; those that get another one are told of. */
export function restartOf(context: GenerateContext): NonNullable<PodSpec["restartPolicy"]> {
  const { pod, members } = context.source;
  const regular = members.filter(({ spec }) => spec.pod?.init === undefined);
  const names = regular.map(({ spec }) => spec.restart?.name ?? "no");
  const [first = "no"] = names;
  const name = names.every((other) => other === first) ? first : (pod?.restart?.name ?? first);
  const policy = POLICIES[name];
  const said = { Always: "always", OnFailure: "on-failure", Never: "no" }[policy];
  for (const { name: member, spec } of regular) {
    const { name: own = "no", maxRetries } = spec.restart ?? {};
    const option = `--restart ${own}${maxRetries === undefined ? "" : `:${maxRetries}`}`;
    tellUnsaid(context, member, own === said && maxRetries === undefined ? [] : [option]);
  }
  return policy;
}

/** Whose namespaces the pod has; containers that have others are told of. */
export function namespacesOf(context: GenerateContext): Partial<PodSpec> {
  const { pod, holder, members } = context.source;
  const user = holder?.spec.namespaces?.user;
  const all = (kind: "pid" | "ipc", mode: string): boolean =>
    members.every(({ spec }) => spec.namespaces?.[kind] === mode);
  const said = filled<Partial<PodSpec>>({
    hostNetwork: ifTrue(holder?.spec.network === "host"),
    hostPID: ifTrue(all("pid", "host")),
    hostIPC: ifTrue(all("ipc", "host")),
    shareProcessNamespace: ifTrue(pod !== undefined && all("pid", `container:${holder?.id}`)),
    hostUsers: user === undefined || user.mode === "host" ? undefined : false,
  });
  const expected = expectedModes(context.source, said);
  for (const { name, spec } of members) {
    const kinds = (Object.keys(OPTIONS) as Kind[]).filter(
      (kind) => !expected[kind].includes(modeOf(spec.namespaces, kind)),
    );
    tellUnsaid(
      context,
      name,
      kinds.map((kind) => OPTIONS[kind]),
    );
  }
  return said;
}

/** The modes of each namespace, by which a container has what it gets again; "" for none that was asked for. */
function expectedModes({ pod, holder }: Source, said: Partial<PodSpec>): Record<Kind, readonly string[]> {
  const joined = `container:${holder?.id}`;
  const own = ["", "private"];
  const shares = (kind: PodNamespace): boolean => pod?.share.includes(kind) === true;
  return {
    pid: said.hostPID === true ? ["host"] : said.shareProcessNamespace === true ? [joined] : own,
    ipc: said.hostIPC === true ? ["host"] : shares("ipc") ? [joined] : [...own, "shareable"],
    uts: shares("uts") ? [joined] : own,
    cgroup: own,
    user: said.hostUsers === false ? [pod === undefined ? "auto" : joined] : ["", "host"],
  };
}

function modeOf(namespaces: Namespaces = {}, kind: Kind): string {
  const mode = namespaces[kind];
  return typeof mode === "object" ? mode.mode : (mode ?? "");
}

/** What a pod has for all its containers, or a container alone as its pod, and Kubernetes has no field for. */
export function tellPodUnsaid(context: GenerateContext): void {
  const { name, pod, holder } = context.source;
  const held = holder === undefined ? [] : heldOptions(holder.spec);
  if (pod === undefined) {
    tellUnsaid(context, holder?.name ?? name, held);
    return;
  }
  tellUnsaid(context, name, [
    ...(SHARED.every((kind) => pod.share.includes(kind)) ? [] : ["--share"]),
    ...(pod.shareParent ? [] : ["--share-parent"]),
    ...unsaidLimits(pod.resources),
    ...(holder === undefined ? [] : unsaidOptions(holder.spec)),
    ...held,
  ]);
}

/** Of the container that holds what is shared. */
function heldOptions({ network, networks = [], ports, namespaces }: ContainerSpec): string[] {
  const user = namespaces?.user;
  const mapped =
    user !== undefined && user.mode !== "host" && ![AUTO, OWN_USERS].some((own) => isDeepStrictEqual(user, own));
  return [
    ...(network === "bridge" || network === "host" ? [] : [`--network ${network}`]),
    ...networks.flatMap(networkOptions),
    ...(mapped ? ["the ids of --userns"] : []),
    ...(ports.some(({ share }) => share !== undefined) ? ["--publish-group"] : []),
  ];
}

function networkOptions({ network, ipv4, ipv6, mac }: NetworkAttachment): string[] {
  return [
    ...(network === KUBE_NETWORK ? [] : [`--network ${network}`]),
    ...(ipv4 === undefined ? [] : ["--ip"]),
    ...(ipv6 === undefined ? [] : ["--ip6"]),
    ...(mac === undefined ? [] : ["--mac-address"]),
  ];
}
