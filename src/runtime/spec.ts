import { IN_USER_NAMESPACE, ownGroups } from "../host/own-ids.ts";
import type { IdMaps, IdRange } from "../host/user-namespace.ts";
import type {
  RuntimeSpec,
  SpecCapabilities,
  SpecDevice,
  SpecIdMapping,
  SpecLinux,
  SpecSeccomp,
} from "../oci/runtime-spec.ts";
import type { ContainerRecord } from "../state/container.ts";
import type { HostLimits } from "./host-limits.ts";
import { maskedPaths, readonlyPaths } from "./spec-masks.ts";
import { type MountPlan, planMounts, rootPropagation, SYSTEMD_HIERARCHY } from "./spec-mounts.ts";
import { type PlannedResources, planRlimits } from "./spec-resources.ts";
import type { ResolvedUser } from "./user.ts";

/** Everything that the runtime spec is made from; nothing is looked up any more. */
export type SpecInput = {
  readonly record: ContainerRecord;
  /** KEY=VALUE beyond the record's, which win. */
  readonly secretVariables?: readonly string[];
  /** Where its command says that it is ready (sd_notify(3)). */
  readonly notifySocket?: string | undefined;
  /** The mounted root of the container on the host. */
  readonly rootfs: string;
  readonly user: ResolvedUser;
  readonly capabilities: SpecCapabilities;
  /** Undefined: no filter. */
  readonly seccomp: SpecSeccomp | undefined;
  /** The same filter compiled, base64, for a runtime that takes it so. */
  readonly seccompBpf: string | undefined;
  /** Those of the container's own, and those it joins; what is missing is shared with the host. */
  readonly namespaces: SpecLinux["namespaces"];
  /** The network is nobody else's: its settings are the container's. */
  readonly ownNetwork: boolean;
  /** Paths of this host alone that show nothing. */
  readonly hostMasks: readonly string[];
  /** Undefined where it can have none. */
  readonly cgroupsPath: string | undefined;
  readonly mounts: MountPlan;
  readonly devices: readonly SpecDevice[];
  readonly resources: PlannedResources;
  readonly apparmorProfile: string | undefined;
  readonly limits: HostLimits;
};

/** Where `--init` appears in the container. */
export const INIT_TARGET = "/run/podman-init";
/** One more than the highest group that the kernel takes for pings. */
const MOST_GROUPS = 2_147_483_648;
const DEFAULT_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const CONTAINER = "container=oci";

/** The `config.json` of a container. Pure. Source: runtime-spec config.md; defaults as Podman's, masks the union of both peers'. */
export function buildRuntimeSpec(input: SpecInput): RuntimeSpec {
  const { record } = input;
  const { spec } = record;
  const propagation = rootPropagation(input.mounts.mounts);
  return {
    ociVersion: "1.0.2",
    process: {
      terminal: spec.tty,
      user: {
        uid: input.user.uid,
        gid: input.user.gid,
        umask: spec.process?.umask ?? 0o22,
        additionalGids: [...input.user.additionalGids],
      },
      args: [...(spec.process?.init === undefined ? [] : [INIT_TARGET, "--"]), ...record.process.args],
      env: [
        ...containerEnvironment(record, input.user.home, input.secretVariables),
        ...(input.notifySocket === undefined ? [] : [`NOTIFY_SOCKET=${input.notifySocket}`]),
      ],
      cwd: record.process.cwd,
      capabilities: input.capabilities,
      rlimits: planRlimits(spec.ulimits, input.limits),
      noNewPrivileges: spec.security.noNewPrivileges,
      ...(input.apparmorProfile === undefined ? {} : { apparmorProfile: input.apparmorProfile }),
      ...(input.resources.oomScoreAdj === undefined ? {} : { oomScoreAdj: input.resources.oomScoreAdj }),
    },
    root: { path: input.rootfs, readonly: spec.security.readOnlyRoot },
    ...(isOwn(input.namespaces, "uts") ? { hostname: record.hostname } : {}),
    mounts: planMounts(input.mounts),
    annotations: annotations(input),
    linux: {
      namespaces: [...input.namespaces],
      ...mappings(record.idMaps),
      ...(input.cgroupsPath === undefined
        ? {}
        : { cgroupsPath: input.cgroupsPath, resources: input.resources.resources }),
      devices: [...input.devices],
      ...(input.seccomp === undefined ? {} : { seccomp: input.seccomp }),
      sysctl: sysctls(input),
      maskedPaths: [
        ...maskedPaths(spec.security, input.hostMasks),
        ...(input.mounts.systemd === "v1" ? [`${SYSTEMD_HIERARCHY}/release_agent`] : []),
      ],
      readonlyPaths: readonlyPaths(spec.security),
      ...(propagation === undefined ? {} : { rootfsPropagation: propagation }),
    },
  };
}

/** The container's environment: ours first, then the image's, then the user's; the last of a name counts. */
export function containerEnvironment(
  record: ContainerRecord,
  home: string,
  secretVariables: readonly string[] = [],
): string[] {
  const { spec } = record;
  const defaults = spec.tty ? [DEFAULT_PATH, CONTAINER, "TERM=xterm"] : [DEFAULT_PATH, CONTAINER];
  const unset = new Set(spec.process?.unsetEnv);
  const kept = spec.process?.unsetAllEnv === true ? [] : defaults.filter((entry) => !unset.has(nameOf(entry)));
  if (record.systemd === true) kept.push(`container_uuid=${record.id.slice(0, 32)}`);
  const byName = new Map<string, string>();
  const given = [...record.process.env, ...secretVariables];
  for (const entry of [...kept, `HOSTNAME=${record.hostname}`, `HOME=${home}`, ...given]) {
    byName.delete(nameOf(entry));
    byName.set(nameOf(entry), entry);
  }
  return [...byName.values()];
}

function nameOf(entry: string): string {
  return entry.slice(0, entry.indexOf("="));
}

// Annotations of the image or the user that speak to the runtime itself never reach it: they could switch its safeguards off.
function annotations(input: SpecInput): Record<string, string> {
  const own = Object.entries(input.record.spec.annotations).filter(([name]) => !name.startsWith("run.oci."));
  return {
    ...Object.fromEntries(own),
    "io.container.manager": "estiba",
    "org.opencontainers.image.stopSignal": input.record.process.stopSignal,
    ...(input.seccompBpf === undefined ? {} : { "run.oci.seccomp_bpf_data": input.seccompBpf }),
  };
}

/** Whether a namespace is made for the container alone. */
export function isOwn(namespaces: SpecLinux["namespaces"], type: SpecLinux["namespaces"][number]["type"]): boolean {
  return namespaces.some((entry) => entry.type === type && entry.path === undefined);
}

function mappings(maps: IdMaps | undefined): Pick<SpecLinux, "uidMappings" | "gidMappings"> {
  if (maps === undefined) return {};
  const mapping = ({ inside, outside, size }: IdRange): SpecIdMapping => ({
    containerID: inside,
    hostID: outside,
    size,
  });
  return { uidMappings: maps.uids.map(mapping), gidMappings: maps.gids.map(mapping) };
}

// As Docker has it: any member may ping, and low ports need no capability, where the network is the container's own.
function sysctls({ record, ownNetwork }: SpecInput): Record<string, string> {
  const { spec } = record;
  // The runtime spec's own field is too young for the runtimes of Debian 12.
  const domain = spec.identity?.domainname;
  const own = { ...(domain === undefined ? {} : { "kernel.domainname": domain }), ...spec.sysctls };
  if (!ownNetwork) return own;
  return {
    "net.ipv4.ping_group_range": `0 ${highestGroup(record.idMaps)}`,
    "net.ipv4.ip_unprivileged_port_start": "0",
    ...own,
  };
}

// The kernel takes groups of the container's user namespace only.
function highestGroup(maps: IdMaps | undefined): number {
  const first = maps?.gids.find(({ inside }) => inside === 0);
  const all = IN_USER_NAMESPACE ? ownGroups() : MOST_GROUPS;
  const end = maps === undefined ? all : (first?.size ?? 1);
  return Math.min(end, MOST_GROUPS) - 1;
}
