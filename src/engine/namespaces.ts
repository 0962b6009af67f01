import { hostname } from "node:os";
import { isAlive, isEnding } from "../host/process.ts";
import type { IdMaps } from "../host/user-namespace.ts";
import { EstibaError } from "../lib/error.ts";
import { present } from "../lib/present.ts";
import type { SpecLinux, SpecNamespaceType } from "../oci/runtime-spec.ts";
import type { ContainerRecord, ContainerSpec, ContainerState, ProcessId } from "../state/container.ts";
import { findContainer, getContainer } from "../state/containers.ts";
import { joinedContainer, joinedPath, type Namespaces, type UserNamespace } from "../state/spec/namespaces.ts";
import type { Engine } from "./engine.ts";
import { isRunning, observe } from "./status.ts";

type SpecNamespace = SpecLinux["namespaces"][number];
type Kind = "pid" | "ipc" | "uts" | "cgroup" | "user";

/** The network namespace: the host's, one that the runtime makes with the container, or one that it joins. */
export type NetworkNamespace = "host" | "new" | { readonly path: string };

/** The containers whose namespaces the container joins, or that it requires: it cannot run without them. */
export function dependenciesOf({ spec }: Pick<ContainerRecord, "spec">): string[] {
  const joined = modesOf(spec).map(([, mode]) => joinedContainer(mode));
  return [...new Set([...joined.filter((id) => id !== undefined), ...(spec.requires ?? [])])];
}

/** Each kind of namespace with its mode; undefined for the default. */
function modesOf({ network, namespaces }: ContainerSpec): [SpecNamespaceType, string | undefined][] {
  const { pid, ipc, uts, cgroup, user } = namespaces ?? {};
  return [
    ["network", network],
    ["pid", pid],
    ["ipc", ipc],
    ["uts", uts],
    ["cgroup", cgroup],
    ["user", user?.mode],
  ];
}

/**
 * The namespaces as the runtime spec names them: those that the container has of its own, and those it joins. Throws `wrong_state` where
 * it joins those of a container that does not run.
 */
export function planNamespaces(engine: Engine, record: ContainerRecord, host: PlanInput): SpecNamespace[] {
  const { pid, ipc, uts, cgroup, user } = record.spec.namespaces ?? {};
  const defaultUser = record.idMaps === undefined ? "host" : "private";
  // A member of a pod joins several namespaces of one container: it is looked at once.
  const seen = new Map<string, ProcessId>();
  const look: Look = (id, type) => {
    const init = seen.get(id) ?? runningContainer(engine, id, type);
    seen.set(id, init);
    return init;
  };
  return [
    namespace(look, "pid", pid),
    namespace(look, "ipc", ipc),
    namespace(look, "uts", uts),
    { type: "mount" as const },
    namespace(look, "cgroup", cgroup ?? (host.unified ? "private" : "host")),
    namespace(look, "user", user?.mode ?? defaultUser),
    networkNamespace(host.network),
  ].filter((entry) => entry !== undefined);
}

/** Finds the first process of a container, as {@link runningContainer}. */
type Look = (id: string, type: SpecNamespaceType) => ProcessId;

type PlanInput = { readonly network: NetworkNamespace; readonly unified: boolean };

function namespace(look: Look, type: Kind, mode: string | undefined): SpecNamespace | undefined {
  if (mode === "host") return undefined;
  const path = joinedPath(mode) ?? namespacePath(look, type, mode);
  return path === undefined ? { type } : { type, path };
}

function networkNamespace(network: NetworkNamespace): SpecNamespace | undefined {
  if (network === "host") return undefined;
  return network === "new" ? { type: "network" } : { type: "network", path: network.path };
}

/** Where a namespace of the container that a mode names is; undefined for another mode. Throws `wrong_state` when that does not run. */
export function containerNamespace(
  engine: Engine,
  type: SpecNamespaceType,
  mode: string | undefined,
): string | undefined {
  return namespacePath((id) => runningContainer(engine, id, type), type, mode);
}

function namespacePath(look: Look, type: SpecNamespaceType, mode: string | undefined): string | undefined {
  const id = joinedContainer(mode);
  return id === undefined ? undefined : `/proc/${look(id, type).pid}/ns/${type === "network" ? "net" : type}`;
}

/** Throws `wrong_state` where a container whose namespaces this one joins has ended, or is about to, and `not_found` where it is gone. */
export function requireJoined(engine: Engine, { spec }: ContainerRecord): void {
  for (const [type, mode] of modesOf(spec)) {
    const id = joinedContainer(mode);
    if (id === undefined) continue;
    const init = runningContainer(engine, id, type);
    if (isEnding(init.pid)) throw notRunning(type, getContainer(engine.store, id)?.name ?? id, "about to end");
  }
}

/** The first process of a container whose namespaces another one joins. Throws `wrong_state` when it does not run, `not_found`. */
export function runningContainer(engine: Engine, id: string, type: SpecNamespaceType): ProcessId {
  const record = getContainer(engine.store, id);
  if (record === undefined) {
    throw new EstibaError("not_found", {
      reason: "container.unknown",
      what: `the container ${id.slice(0, 12)}, whose ${type} namespace is to be joined, is gone`,
      fix: "make the container anew",
    });
  }
  const observed = observe(engine, record);
  const { init } = observed.state ?? {};
  if (init !== undefined && (isRunning(observed) || holdsAlready(record, observed.state))) return init;
  throw notRunning(type, record.name, observed.status);
}

function notRunning(type: string, name: string, status: string): EstibaError {
  return new EstibaError("wrong_state", {
    reason: "container.joined_not_running",
    what: `cannot join the ${type} namespace of container "${name}": it is ${status}, not running: container state improper`,
    fix: `start it first: estiba start ${name}`,
  });
}

// What an infra container holds is there before its command begins, and who starts a member beside it waits for that, too.
function holdsAlready({ spec }: ContainerRecord, state: ContainerState | undefined): boolean {
  return spec.pod?.infra === true && state?.status === "starting" && state.init !== undefined && isAlive(state.init);
}

/** What a definition needs to know of the containers that it joins. */
export type Surroundings = {
  /** The spec with the ids of the containers in place of their names. */
  readonly spec: ContainerSpec;
  /** The host name that comes with the namespaces; undefined: one of the container's own. */
  readonly hostname?: string;
  /** The mapping of the user namespace that it joins. */
  readonly idMaps?: IdMaps;
};

/**
 * Finds the containers whose namespaces a new one joins. Throws `not_found` for one that is not there, `invalid` for one that may not be
 * joined and for what contradicts a shared namespace.
 */
export function findSurroundings(engine: Engine, asked: ContainerSpec): Surroundings {
  checkSysctls(asked.sysctls);
  checkContradictions(asked);
  // Most often one container is joined in several ways.
  const seen = new Map<string, ContainerRecord>();
  const record = (mode: string | undefined): ContainerRecord | undefined => {
    const name = joinedContainer(mode);
    if (name === undefined) return undefined;
    const found = seen.get(name) ?? findContainer(engine.store, name);
    seen.set(name, found).set(found.id, found);
    return found;
  };
  const find = <T extends string>(mode: T | undefined): T | undefined => {
    const found = record(mode);
    return found === undefined ? mode : (`container:${found.id}` as T);
  };
  const { pid, ipc, uts, cgroup, user } = asked.namespaces ?? {};
  const namespaces: Namespaces = present({
    pid: find(pid),
    ipc: find(ipc),
    uts: find(uts),
    cgroup: find(cgroup),
    user: user === undefined ? undefined : joinedUser(user, record(user.mode)),
  });
  const network = find(asked.network) ?? asked.network;
  const withoutPorts = discardedPorts(asked).length === 0 ? {} : { ports: [], publishAll: false };
  const donor = record(namespaces.ipc);
  if (donor !== undefined && !isShareable(donor)) throw notShareable(donor);
  const ownHost = network === "host" || namespaces.uts === "host" ? hostname() : undefined;
  return {
    spec: { ...asked, ...withoutPorts, network, ...(asked.namespaces === undefined ? {} : { namespaces }) },
    ...present({
      hostname: record(namespaces.uts)?.hostname ?? record(network)?.hostname ?? ownHost,
      idMaps: record(namespaces.user?.mode)?.idMaps,
    }),
  };
}

/**
 * What the user is told, in Docker's words, of ports that a container has no use for: it has the host's own, or no network. They are left
 * out of its definition.
 */
export function discardedPorts({ network, ports, publishAll }: ContainerSpec): string[] {
  const useless = (network === "host" || network === "none") && (ports.length > 0 || publishAll);
  return useless ? [`Published ports are discarded when using ${network} network mode`] : [];
}

// Nobody can enter the user namespace that he is in already: who joins one that has the host's has the host's.
function joinedUser(user: UserNamespace, joined: ContainerRecord | undefined): UserNamespace {
  if (joined === undefined) return user;
  return { mode: joined.idMaps === undefined ? "host" : `container:${joined.id}` };
}

function isShareable({ spec }: ContainerRecord): boolean {
  const mode = spec.namespaces?.ipc ?? "shareable";
  return mode !== "private" && mode !== "none";
}

function notShareable(donor: ContainerRecord): EstibaError {
  return new EstibaError("invalid", {
    reason: "container.ipc_not_shareable",
    what: `joining IPC of container "${donor.name}" is not allowed: non-shareable IPC (hint: use IpcMode:shareable for the donor container)`,
    fix: "make that container with --ipc shareable",
  });
}

// What the kernel keeps per namespace, as Podman lists it; all else would be the host's.
const OWN_SYSCTL = /^(net\.|fs\.mqueue\.|kernel\.(msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)$)/;

function checkSysctls(sysctls: ContainerSpec["sysctls"]): void {
  const other = Object.keys(sysctls).find((name) => !OWN_SYSCTL.test(name));
  if (other === undefined) return;
  throw new EstibaError("invalid", {
    reason: "container.host_sysctl",
    what: `sysctl '${other}' is not allowed: it is the whole host's`,
    fix: `set it on the host: sysctl -w ${other}=VALUE`,
  });
}

function checkContradictions({ network, namespaces, hostname: name, ...spec }: ContainerSpec): void {
  if (name !== undefined && namespaces?.uts === "host")
    throw contradiction("--hostname", "cannot set hostname when running in the host UTS namespace", "--uts host");
  for (const [option, shared, prefix] of [
    ["--network host", network === "host", /^net\./],
    ["--ipc host", namespaces?.ipc === "host", /^(fs\.mqueue\.|kernel\.(msg|sem|shm))/],
  ] as const) {
    const sysctl = Object.keys(spec.sysctls).find((key) => shared && prefix.test(key));
    if (sysctl !== undefined)
      throw contradiction("--sysctl", `sysctl ${sysctl} can't be set: it would be the host's own`, option);
  }
  const { ports, publishAll, dns, dnsSearch, dnsOptions, addHosts } = spec;
  if (spec.pod?.infra === true && discardedPorts({ network, ...spec }).length > 0)
    throw contradiction("--publish", "a pod publishes ports on networks of its own only", `--network ${network}`);
  if (joinedContainer(network) === undefined && joinedPath(network) === undefined) return;
  const what = (thing: string) => `${thing} cannot be set on a network that is another's`;
  if (ports.length > 0 || publishAll) throw contradiction("--publish", what("ports"), `--network ${network}`);
  if (joinedContainer(network) === undefined) return;
  if (dns.length + dnsSearch.length + dnsOptions.length > 0)
    throw contradiction("--dns", what("name servers"), `--network ${network}`);
  if (addHosts.length > 0) throw contradiction("--add-host", what("hosts"), `--network ${network}`);
}

function contradiction(option: string, what: string, other: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "container.contradictory_namespace",
    what: `${option}: ${what}`,
    fix: `leave out ${option} or ${other}`,
  });
}
