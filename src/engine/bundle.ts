import { chmodSync, chownSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CgroupSetup, canMakeCgroups, readCgroupSetup } from "../host/cgroup-mode.ts";
import type { HeldFile } from "../host/held-file.ts";
import { makeFolders } from "../host/make-folders.ts";
import { readProcStatus } from "../host/proc-status.ts";
import { hostId } from "../host/user-namespace.ts";
import { resolveCapabilities } from "../oci/capability.ts";
import { hostPlatform } from "../oci/platform.ts";
import type { RuntimeSpec, SpecCapabilities, SpecSeccomp } from "../oci/runtime-spec.ts";
import { planApparmor } from "../runtime/apparmor.ts";
import { BOUND_FILES, boundFile } from "../runtime/bound-file.ts";
import type { RuntimeProgram } from "../runtime/choose-runtime.ts";
import { resolveContainerUser } from "../runtime/container-user.ts";
import { type HostLimits, readHostLimits } from "../runtime/host-limits.ts";
import { findInit } from "../runtime/init-program.ts";
import { makeRealFolders, prepareTarget, prepareWorkdir } from "../runtime/rootfs.ts";
import { compileSeccomp, defaultSeccompFilter, FAIL_CLOSED_SECCOMP } from "../runtime/seccomp/filter.ts";
import { buildRuntimeSpec, INIT_TARGET } from "../runtime/spec.ts";
import { type GrantedDevice, isCdiName, planDevices } from "../runtime/spec-devices.ts";
import { hostMasks } from "../runtime/spec-masks.ts";
import {
  type InjectedFile,
  type MountPlan,
  type ResolvedMount,
  SYSTEMD_HIERARCHY,
  tmpfsMode,
} from "../runtime/spec-mounts.ts";
import { clampedLimits, planResources, printSpec } from "../runtime/spec-resources.ts";
import type { ContainerRecord, ContainerSpec } from "../state/container.ts";
import type { Engine } from "./engine.ts";
import { foreignFiles, injectedFiles } from "./injected-files.ts";
import { refuseKernelPlace } from "./kernel-places.ts";
import { kindOfSource } from "./mount-source.ts";
import { type NetworkNamespace, planNamespaces } from "./namespaces.ts";
import { CONTAINER_NOTIFY_SOCKET, notifyMount } from "./notify.ts";
import { ownsNetwork, planOwnMounts } from "./own-mounts.ts";
import { onlyWaits } from "./pod/infra-image.ts";
import { cgroupPath } from "./runtime-places.ts";
import { shmWarnings } from "./shm.ts";

/** The file of a bundle that says it all (runtime spec, bundle.md); it may hold secrets. */
export const SPEC_FILE = "config.json";
export const SPEC_MODE = 0o600;

type BundleInput = {
  readonly record: ContainerRecord;
  readonly runtime: RuntimeProgram;
  /** The mounted root and a descriptor of it. */
  readonly rootfs: string;
  readonly rootFd: number;
  readonly mounts: readonly ResolvedMount[];
  /** KEY=VALUE that are written down in config.json only. */
  readonly secretVariables: readonly string[];
  /** Text of files that the container sees, by target. */
  readonly files: Readonly<Record<string, string>>;
  readonly sharedFiles: Readonly<Record<string, string>>;
  readonly network: NetworkNamespace;
  /** Where its config.json is written instead, when the runtime waits for that already. */
  readonly held?: HeldFile | undefined;
  /** What is waited for before its namespaces are looked up. */
  readonly joined?: Promise<void> | undefined;
};

/**
 * Prepares the root for the runtime and writes the bundle's config.json and the files bound into the container. Gives the warnings that
 * the user should see, such as a limit beyond what this host allows.
 */
export async function writeBundle(engine: Engine, input: BundleInput): Promise<string[]> {
  const { record, rootFd } = input;
  const { spec } = record;
  const bundle = join(engine.paths.bundles, record.id);
  makeRealFolders(rootFd);
  const notify = notifyMount(record, bundle);
  const mounts = [...initMount(spec), ...notify, ...input.mounts].map((resolved) => placeMount(rootFd, resolved));
  const { user, files: users } = resolveContainerUser(rootFd, record);
  const files = placeFiles(input, bundle, users);
  prepareWorkdir(rootFd, record.process.cwd);
  const status = readProcStatus();
  const capabilities = resolveCapabilities({
    add: spec.security.capAdd,
    drop: spec.security.capDrop,
    privileged: spec.security.privileged,
    defaults: spec.security.capDefaults,
    bounding: status.capBounding,
    root: user.uid === 0,
  });
  const cgroups = readCgroupSetup();
  const limits = readHostLimits(spec, { cgroups, effective: status.capEffective, runtime: input.runtime.kind });
  const cdi = await resolveCdiNames(spec.devices, spec.security.cdiFolders);
  const { devices, rules } = planDevices(spec.security, spec.devices, cdi?.devices ?? []);
  const resources = planResources(spec.resources, rules, limits);
  const apparmor = await planApparmor(spec.security);
  await input.joined;
  const namespaces = planNamespaces(engine, record, { network: input.network, unified: cgroups.mode === "v2" });
  const config = buildRuntimeSpec({
    record,
    secretVariables: input.secretVariables,
    notifySocket: notify.length === 0 ? undefined : CONTAINER_NOTIFY_SOCKET,
    rootfs: input.rootfs,
    user,
    capabilities,
    ...(await planSeccomp(engine, record, capabilities, input.runtime)),
    namespaces,
    ownNetwork: ownsNetwork(record),
    hostMasks: hostMasks(),
    cgroupsPath: canMakeCgroups(cgroups.mode) ? cgroupPath(engine, record) : undefined,
    mounts: {
      mounts,
      files,
      privileged: spec.security.privileged,
      readOnlyRoot: spec.security.readOnlyRoot,
      readOnlyTmpfs: spec.security.readOnlyTmpfs,
      procOptions: spec.security.procOptions,
      systemd: systemdMode(record, cgroups),
      ...planOwnMounts(engine, record, namespaces),
    },
    devices,
    resources,
    apparmorProfile: apparmor.profile,
    limits,
  });
  const edited = cdi === undefined ? config : cdi.apply(config, rootFd);
  if (input.held === undefined) writeFileSync(join(bundle, SPEC_FILE), printSpec(edited), { mode: SPEC_MODE });
  else input.held.write(printSpec(edited));
  return [...resources.warnings, ...ownWarnings(engine, record, limits), ...apparmor.warnings];
}

function ownWarnings(engine: Engine, record: ContainerRecord, limits: HostLimits): string[] {
  const clamped = clampedLimits(record.spec.ulimits, limits).map(
    (name) =>
      `this host allows no more than ${limits.hardLimits?.[name]} for --ulimit ${name}: the container gets that`,
  );
  return [...clamped, ...shmWarnings(engine, record)];
}

type CdiPart = {
  readonly devices: readonly GrantedDevice[];
  readonly apply: (spec: RuntimeSpec, rootFd: number) => RuntimeSpec;
};

/** What the devices with CDI names bring; undefined where there is none, and then nothing is loaded for it. */
async function resolveCdiNames(
  devices: readonly string[],
  folders: readonly string[] | undefined,
): Promise<CdiPart | undefined> {
  const names = devices.filter(isCdiName);
  if (names.length === 0) return undefined;
  const { applyCdi, cdiDevices, resolveCdi } = await import("../runtime/cdi.ts");
  const edits = resolveCdi(names, folders);
  return {
    devices: cdiDevices(edits),
    apply: (spec, rootFd) =>
      applyCdi(spec, edits, ({ hostPath, containerPath }) =>
        prepareTarget(rootFd, containerPath, kindOfSource(hostPath)),
      ),
  };
}

function placeMount(rootFd: number, resolved: ResolvedMount): ResolvedMount {
  const { mount, source } = resolved;
  const inMemory = mount.type === "tmpfs" || mount.type === "devpts";
  const kind = inMemory ? "folder" : kindOfSource(source);
  const target = prepareTarget(rootFd, mount.target, kind, mount.type === "tmpfs" ? tmpfsMode(mount.options) : 0o755);
  refuseKernelPlace({ mount, source }, target);
  // Nothing is mounted below a file, and crun cannot make a file recursively read-only.
  if (mount.type === "bind" && kind === "file") return { ...resolved, mount: { ...mount, target, recursive: false } };
  return { ...resolved, mount: { ...mount, target } };
}

async function planSeccomp(
  engine: Engine,
  record: ContainerRecord,
  { bounding }: SpecCapabilities,
  runtime: RuntimeProgram,
): Promise<{ seccomp: SpecSeccomp | undefined; seccompBpf: string | undefined }> {
  const { privileged, seccomp: wanted } = record.spec.security;
  if (privileged || wanted === "unconfined") return { seccomp: undefined, seccompBpf: undefined };
  const architecture = record.architecture === "" ? hostPlatform().architecture : record.architecture;
  const precompiled = runtime.kind === "crun";
  const builtin = wanted === "default" || wanted === "builtin";
  if (builtin && precompiled) {
    const seccompBpf = await defaultSeccompFilter({
      capabilities: bounding,
      architecture,
      cacheDir: engine.paths.cache,
    });
    if (seccompBpf !== undefined) return { seccomp: FAIL_CLOSED_SECCOMP, seccompBpf };
  }
  const { resolveProfile } = await import("../runtime/seccomp/resolve-profile.ts");
  const profile = builtin
    ? (await import("../runtime/seccomp/profile.ts")).defaultProfile()
    : (await import("../runtime/seccomp/load-profile.ts")).loadProfile(wanted);
  const seccomp = resolveProfile(profile, bounding, architecture);
  const seccompBpf = precompiled ? await compileSeccomp(seccomp, engine.paths.cache) : undefined;
  if (seccompBpf === undefined) return { seccomp, seccompBpf };
  const { flags } = seccomp;
  return { seccomp: { ...FAIL_CLOSED_SECCOMP, ...(flags === undefined ? {} : { flags }) }, seccompBpf };
}

// The program lies on the host; it is linked statically, so that it runs on any root.
function initMount({ process: options = {} }: ContainerSpec): ResolvedMount[] {
  const { init } = options;
  if (init === undefined) return [];
  const source = init === true ? findInit() : init;
  const place = { target: INIT_TARGET, readOnly: true, propagation: "rprivate", recursive: false };
  return [{ mount: { type: "bind", source, ...place }, source }];
}

// Only v1 has a hierarchy of systemd's own; on v2 the container's cgroups are one.
function systemdMode({ systemd }: ContainerRecord, { mode }: CgroupSetup): MountPlan["systemd"] {
  if (systemd !== true) return undefined;
  if (mode === "v2") return "v2";
  return existsSync(SYSTEMD_HIERARCHY) ? "v1" : "none";
}

function placeFiles(input: BundleInput, bundle: string, users: Readonly<Record<string, string>>): InjectedFile[] {
  const { record, rootFd, files, sharedFiles } = input;
  const texts = injectedFiles(record, { rootFd, network: files, users });
  makeFolders(join(bundle, BOUND_FILES), 0o755);
  const written = Object.entries(texts).map(([target, text]) => ({
    target,
    source: writeText(record, bundle, target, text),
  }));
  // For its pod's members; it reads none of them itself.
  if (onlyWaits(record)) return [];
  const left = foreignFiles(record);
  return [
    ...written.map(({ target, source }) => ({ source, target: prepareTarget(rootFd, target, "file") })),
    ...Object.entries(sharedFiles)
      .filter(([target]) => !left.has(target))
      .map(([target, source]) => ({ source, target: prepareTarget(rootFd, target, "file") })),
  ];
}

function writeText(record: ContainerRecord, bundle: string, target: string, text: string | Uint8Array): string {
  const source = boundFile(bundle, target);
  writeFileSync(source, text, { mode: 0o644 });
  // The umask of the caller must not hide the file from the container's users.
  chmodSync(source, 0o644);
  if (record.idMaps !== undefined) chownSync(source, hostId(record.idMaps.uids, 0), hostId(record.idMaps.gids, 0));
  return source;
}
