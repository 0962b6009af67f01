import { EstibaError } from "../../lib/error.ts";
import { isUnmasked } from "../../runtime/spec-masks.ts";
import type { ContainerRecord, ContainerSpec } from "../../state/container.ts";
import type { PodDefaults, PodNamespace, PodRecord } from "../../state/pod.ts";
import { joinedPath, type Namespaces } from "../../state/spec/namespaces.ts";
import type { SecretUse } from "../../state/spec/secrets.ts";
import type { SecuritySpec } from "../../state/spec/security.ts";

/** The pod a container is to join, with the container that holds its namespaces where it has one. */
export type JoinedPod = { readonly pod: PodRecord; readonly infra: ContainerRecord | undefined };

/**
 * What a member of a pod is: what was asked of it, with what the pod has for all of its members wherever the member says nothing. Pure.
 * Throws `invalid` for what only the pod can have where it is shared.
 */
export function inheritFromPod(asked: ContainerSpec, { pod, infra }: JoinedPod): ContainerSpec {
  const shared = new Set(infra === undefined ? [] : pod.share);
  checkShared(asked, shared);
  const namespaces = infra === undefined ? asked.namespaces : sharedNamespaces(asked, infra, shared);
  const { env, devices, security } = pod.defaults;
  const restart = asked.autoRemove || asked.pod?.init !== undefined ? asked.restart : (asked.restart ?? pod.restart);
  const own = asked.resources.cgroupParent;
  const parent = own ?? pod.resources.cgroupParent;
  const secrets = joinSecrets(asked.secrets, pod.defaults.secrets);
  return {
    ...asked,
    pod: { ...asked.pod, id: pod.id, ...(pod.shareParent && own === undefined ? { cgroup: true } : {}) },
    ...(shared.has("net") && infra !== undefined ? sharedNetwork(asked, infra) : {}),
    ...(namespaces === undefined ? {} : { namespaces }),
    env: [...env, ...asked.env],
    devices: [...devices, ...asked.devices],
    ...(secrets.length === 0 ? {} : { secrets }),
    security: inheritSecurity(asked.security, security),
    resources: { ...asked.resources, ...(parent === undefined ? {} : { cgroupParent: parent }) },
    ...(restart === undefined ? {} : { restart }),
  };
}

/**
 * The spec of a member without what it has from its pod, for another pod, or none: inheriting from the same pod again gives the same member.
 * Pure.
 */
export function leavePod(spec: ContainerSpec, { infraId, ...pod }: PodRecord): ContainerSpec {
  const { namespaces = {}, restart, pod: _membership, resources, secrets = [], identity, ...rest } = spec;
  const { cgroupParent, ...limits } = resources;
  const joined = `container:${infraId}`;
  const own = Object.entries(namespaces).filter(
    ([, mode]: [string, string | { mode: string }]) => (typeof mode === "string" ? mode : mode.mode) !== joined,
  );
  const shared = infraId !== undefined && pod.share.includes("net");
  const fromPod = new Set(pod.defaults.secrets?.map(placeOf));
  const ownSecrets = secrets.filter((use) => !fromPod.has(placeOf(use)));
  const { givenDnsOnly: _, ...ownIdentity } = identity ?? {};
  const ownParent = cgroupParent === undefined || cgroupParent === pod.resources.cgroupParent;
  return {
    ...rest,
    ...(Object.keys(ownIdentity).length === 0 ? {} : { identity: ownIdentity }),
    ...(own.length === 0 ? {} : { namespaces: Object.fromEntries(own) as Namespaces }),
    ...(shared ? { network: "bridge", dns: [], dnsSearch: [], dnsOptions: [], addHosts: [] } : {}),
    env: spec.env.slice(pod.defaults.env.length),
    devices: spec.devices.slice(pod.defaults.devices.length),
    ...(ownSecrets.length === 0 ? {} : { secrets: ownSecrets }),
    security: leaveSecurity(spec.security, pod.defaults.security),
    resources: ownParent ? limits : resources,
    ...(restart === undefined || isSame(restart, pod.restart) ? {} : { restart }),
  };
}

function leaveSecurity(spec: SecuritySpec, pod: PodDefaults["security"]): SecuritySpec {
  const { apparmor, procOptions, deviceRules = [], ...rest } = spec;
  const rules = deviceRules.slice(pod.deviceRules?.length ?? 0);
  const unmask = spec.unmask.slice(pod.unmask?.length ?? 0);
  return {
    ...rest,
    capAdd: spec.capAdd.slice(pod.capAdd?.length ?? 0),
    capDrop: spec.capDrop.slice(pod.capDrop?.length ?? 0),
    noNewPrivileges: spec.noNewPrivileges && pod.noNewPrivileges !== true,
    seccomp: spec.seccomp === pod.seccomp ? "default" : spec.seccomp,
    mask: spec.mask.slice(maskOf(pod, unmask).length),
    unmask,
    ...(apparmor === undefined || apparmor === pod.apparmor ? {} : { apparmor }),
    ...(procOptions === undefined || isSame(procOptions, pod.procOptions) ? {} : { procOptions }),
    ...(rules.length === 0 ? {} : { deviceRules: rules }),
  };
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function checkShared(asked: ContainerSpec, shared: ReadonlySet<PodNamespace>): void {
  if (shared.has("uts") && asked.hostname !== undefined && asked.namespaces?.uts === undefined)
    throw podsOwn("cannot set hostname when joining the pod UTS namespace: invalid configuration", "--hostname");
  for (const [kind, isOf] of [
    ["net", /^net\./],
    ["ipc", /^(fs\.mqueue|kernel)\./],
  ] as const) {
    const sysctl = Object.keys(asked.sysctls).find((name) => isOf.test(name));
    if (sysctl !== undefined && shared.has(kind) && (kind === "net" || asked.namespaces?.ipc === undefined))
      throw podsOwn(
        `sysctl ${sysctl} must be set when the pod is created: it would be that of all members`,
        "--sysctl",
      );
  }
  if (!shared.has("net")) return;
  const configured = "network cannot be configured when it is shared with a pod";
  if (asked.ports.length > 0 || asked.publishAll)
    throw podsOwn(`published or exposed ports must be defined when the pod is created: ${configured}`, "--publish");
  if (asked.network !== "bridge" || asked.networks !== undefined)
    throw podsOwn(`networks must be defined when the pod is created: ${configured}`, "--network");
  if (asked.dns.length + asked.dnsSearch.length + asked.dnsOptions.length > 0)
    throw podsOwn(`name servers must be defined when the pod is created: ${configured}`, "--dns");
  if (asked.addHosts.length > 0)
    throw podsOwn(`extra host entries must be specified on the pod: ${configured}`, "--add-host");
}

function sharedNamespaces(
  asked: ContainerSpec,
  infra: ContainerRecord,
  shared: ReadonlySet<PodNamespace>,
): Namespaces | undefined {
  const own = asked.namespaces ?? {};
  const joined: Record<string, unknown> = {};
  for (const kind of ["pid", "ipc", "uts", "cgroup"] as const) {
    if (shared.has(kind) && own[kind] === undefined) joined[kind] = modeOf(infra, infra.spec.namespaces?.[kind]);
  }
  if (own.user !== undefined)
    throw podsOwn("the user namespace is the pod's: --userns and --pod cannot be set together", "--userns");
  // Who has the ids of the host has nothing to join; a namespace of the pod's own owns the others, so that all have to be in it.
  if (infra.idMaps !== undefined) joined["user"] = { mode: modeOf(infra, infra.spec.namespaces?.user?.mode) };
  const namespaces: Namespaces = { ...own, ...joined };
  return Object.keys(namespaces).length === 0 ? undefined : namespaces;
}

// What the infra container has of the host, or of a path, the members have of there too.
function modeOf({ id }: ContainerRecord, mode: string | undefined): string {
  return mode === "host" || joinedPath(mode) !== undefined ? (mode ?? "") : `container:${id}`;
}

// On the host's network each member has files of names of its own, with what the pod's are to say.
function sharedNetwork({ identity }: ContainerSpec, { id, spec }: ContainerRecord): Partial<ContainerSpec> {
  const { network, dns, dnsSearch, dnsOptions, addHosts } = spec;
  if (network !== "host") return { network: `container:${id}` };
  const only = spec.identity?.givenDnsOnly === true ? { identity: { ...identity, givenDnsOnly: true as const } } : {};
  return { network, dns, dnsSearch, dnsOptions, addHosts, ...only };
}

/** Those of a pod and a member's own, or of two pods: by where they appear, own ones at the same place, or in the same variable, count. */
export function joinSecrets(own: readonly SecretUse[] = [], pod: readonly SecretUse[] = []): SecretUse[] {
  const taken = new Set(own.map(placeOf));
  return [...pod.filter((use) => !taken.has(placeOf(use))), ...own];
}

function placeOf(use: SecretUse): string {
  return use.type === "env" ? `$${use.variable}` : use.target;
}

function inheritSecurity(own: SecuritySpec, pod: PodDefaults["security"]): SecuritySpec {
  const apparmor = own.apparmor ?? pod.apparmor;
  const procOptions = own.procOptions ?? pod.procOptions;
  const rules = [...(pod.deviceRules ?? []), ...(own.deviceRules ?? [])];
  return {
    ...own,
    capAdd: [...(pod.capAdd ?? []), ...own.capAdd],
    capDrop: [...(pod.capDrop ?? []), ...own.capDrop],
    noNewPrivileges: own.noNewPrivileges || pod.noNewPrivileges === true,
    seccomp: own.seccomp === "default" ? (pod.seccomp ?? own.seccomp) : own.seccomp,
    mask: [...maskOf(pod, own.unmask), ...own.mask],
    unmask: [...(pod.unmask ?? []), ...own.unmask],
    ...(apparmor === undefined ? {} : { apparmor }),
    ...(procOptions === undefined ? {} : { procOptions }),
    ...(rules.length === 0 ? {} : { deviceRules: rules }),
  };
}

/** What a pod masks, but for what the member unmasks. */
function maskOf({ mask = [] }: PodDefaults["security"], unmask: readonly string[]): string[] {
  return mask.filter((path) => !isUnmasked(path, unmask));
}

function podsOwn(what: string, option: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "pod.owns_it",
    what: `invalid config provided: ${what}`,
    fix: `give ${option} to estiba pod create`,
  });
}
