import type { RuntimeSpec, SpecCapabilities, SpecDevice, SpecNamespaceType, SpecSeccomp } from "../oci/runtime-spec.ts";
import type { ContainerRecord } from "../state/container.ts";
import type { HostLimits } from "./host-limits.ts";
import { maskedPaths, readonlyPaths } from "./spec-masks.ts";
import { type MountPlan, planMounts, SYSTEMD_HIERARCHY } from "./spec-mounts.ts";
import { type PlannedResources, planRlimits } from "./spec-resources.ts";
import type { ResolvedUser } from "./user.ts";

/** Everything that the runtime spec is made from; nothing is looked up any more. */
export type SpecInput = {
  readonly record: ContainerRecord;
  /** The mounted root of the container on the host. */
  readonly rootfs: string;
  readonly user: ResolvedUser;
  readonly capabilities: SpecCapabilities;
  /** Undefined: no filter. */
  readonly seccomp: SpecSeccomp | undefined;
  /** The same filter compiled, base64, for a runtime that takes it so. */
  readonly seccompBpf: string | undefined;
  /** A path the runtime opens to join; undefined shares the host's. */
  readonly networkNamespace: string | undefined;
  readonly cgroupsPath: string;
  /** cgroup v2 gives each container a cgroup namespace of its own. */
  readonly cgroupNamespace: boolean;
  readonly mounts: MountPlan;
  readonly devices: readonly SpecDevice[];
  readonly resources: PlannedResources;
  readonly apparmorProfile: string | undefined;
  readonly limits: HostLimits;
};

/** Where `--init` appears in the container. */
export const INIT_TARGET = "/run/podman-init";
const DEFAULT_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const CONTAINER = "container=oci";

/** The `config.json` of a container. Pure. Source: runtime-spec config.md; defaults as Podman's, masks the union of both peers'. */
export function buildRuntimeSpec(input: SpecInput): RuntimeSpec {
  const { record } = input;
  const { spec } = record;
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
      env: containerEnvironment(record, input.user.home),
      cwd: record.process.cwd,
      capabilities: input.capabilities,
      rlimits: planRlimits(spec.ulimits, input.limits),
      noNewPrivileges: spec.security.noNewPrivileges,
      ...(input.apparmorProfile === undefined ? {} : { apparmorProfile: input.apparmorProfile }),
      ...(input.resources.oomScoreAdj === undefined ? {} : { oomScoreAdj: input.resources.oomScoreAdj }),
    },
    root: { path: input.rootfs, readonly: spec.security.readOnlyRoot },
    hostname: record.hostname,
    mounts: planMounts(input.mounts),
    annotations: annotations(input),
    linux: {
      namespaces: namespaces(input),
      cgroupsPath: input.cgroupsPath,
      resources: input.resources.resources,
      devices: [...input.devices],
      ...(input.seccomp === undefined ? {} : { seccomp: input.seccomp }),
      sysctl: sysctls(input),
      maskedPaths: [
        ...maskedPaths(spec.security),
        ...(input.mounts.systemd === "v1" ? [`${SYSTEMD_HIERARCHY}/release_agent`] : []),
      ],
      readonlyPaths: readonlyPaths(spec.security),
    },
  };
}

/** The container's environment: ours first, then the image's, then the user's; the last of a name counts. */
export function containerEnvironment(record: ContainerRecord, home: string): string[] {
  const { spec } = record;
  const defaults = spec.tty ? [DEFAULT_PATH, CONTAINER, "TERM=xterm"] : [DEFAULT_PATH, CONTAINER];
  const unset = new Set(spec.process?.unsetEnv);
  const kept = spec.process?.unsetAllEnv === true ? [] : defaults.filter((entry) => !unset.has(nameOf(entry)));
  if (record.systemd === true) kept.push(`container_uuid=${record.id.slice(0, 32)}`);
  const byName = new Map<string, string>();
  for (const entry of [...kept, `HOSTNAME=${record.hostname}`, `HOME=${home}`, ...record.process.env]) {
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

function namespaces(input: SpecInput): RuntimeSpec["linux"]["namespaces"] {
  const types: SpecNamespaceType[] = ["pid", "ipc", "uts", "mount"];
  if (input.cgroupNamespace) types.push("cgroup");
  const list: RuntimeSpec["linux"]["namespaces"] = types.map((type) => ({ type }));
  if (input.networkNamespace !== undefined) list.push({ type: "network", path: input.networkNamespace });
  return list;
}

// As Docker has it: any member may ping, and low ports need no capability, where the network is the container's own.
function sysctls(input: SpecInput): Record<string, string> {
  const { spec } = input.record;
  // The runtime spec's own field is too young for the runtimes of Debian 12.
  const domain = spec.identity?.domainname;
  const own = { ...(domain === undefined ? {} : { "kernel.domainname": domain }), ...spec.sysctls };
  if (input.networkNamespace === undefined) return own;
  return {
    "net.ipv4.ping_group_range": "0 2147483647",
    "net.ipv4.ip_unprivileged_port_start": "0",
    ...own,
  };
}
