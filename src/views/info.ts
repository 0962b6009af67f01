import type { SystemFacts, UsedProgram } from "../engine/info.ts";

/** `info` as Podman's JSON has it: the fields of `host`, `store`, `registries`, `plugins` and `version` that mean something here. */
export function infoDocument(facts: SystemFacts, version: string): Record<string, unknown> {
  return {
    host: hostDocument(facts),
    plugins: {
      authorization: null,
      log: ["k8s-file", "json-file", "journald", "none", "passthrough"],
      network: ["bridge"],
      volume: ["local"],
    },
    registries: facts.searchRegistries.length === 0 ? {} : { search: facts.searchRegistries },
    store: storeDocument(facts),
    version: versionDocument(version, facts.host.architecture),
  };
}

/** The versions as Podman's `version` and `info` have them; what Go would say is Bun's here. */
export function versionDocument(version: string, architecture: string): Record<string, unknown> {
  return {
    APIVersion: version,
    Version: version,
    GoVersion: "",
    BunVersion: Bun.version,
    GitCommit: "",
    BuiltTime: "",
    Built: 0,
    OsArch: `linux/${architecture}`,
    Os: "linux",
  };
}

/** What templates of `version` find besides: Docker's. */
export function versionMethods(facts: Record<string, unknown>, architecture: string): Record<string, () => unknown> {
  // There is no server apart from the client: whoever asks for the one gets the other.
  return { Server: () => facts, Arch: () => architecture };
}

/**
 * What templates find besides the document's own fields: Docker's, and a name of Go's that is not that of its JSON. (That
 * `{{.Host.OCIRuntime.Name}}` is `host.ociRuntime.name`, templates know by themselves.)
 */
export function infoMethods(
  document: Record<string, unknown>,
  docker: Record<string, unknown>,
): Record<string, () => unknown> {
  const { host } = document as Record<"host", Fields>;
  const runtimes = new Map(Object.entries(docker["Runtimes"] ?? {}));
  const own = { ...dockerFields(document), CgroupsVersion: host["cgroupVersion"], Runtimes: runtimes };
  const fields = { ...docker, ...own };
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, () => value]));
}

type Fields = Readonly<Record<string, unknown>>;

function dockerFields(document: Record<string, unknown>): Fields {
  const { host, store, version } = document as Record<"host" | "store" | "version", Fields>;
  const containers = store["containerStore"] as Fields;
  const { distribution, version: release } = host["distribution"] as Fields;
  return {
    Architecture: host["arch"],
    CDISpecDirs: (host["cdi"] as Fields)["folders"],
    CgroupDriver: host["cgroupManager"],
    CgroupVersion: String(host["cgroupVersion"]).replace("v", ""),
    Containers: containers["number"],
    ContainersPaused: containers["paused"],
    ContainersRunning: containers["running"],
    ContainersStopped: containers["stopped"],
    DefaultRuntime: (host["ociRuntime"] as Fields)["name"] ?? "",
    DockerRootDir: store["graphRoot"],
    Driver: store["graphDriverName"],
    ID: "",
    Images: (store["imageStore"] as Fields)["number"],
    KernelVersion: host["kernel"],
    LoggingDriver: host["logDriver"],
    MemTotal: host["memTotal"],
    NCPU: host["cpus"],
    Name: host["hostname"],
    OSType: host["os"],
    OperatingSystem: `${String(distribution)} ${String(release)}`,
    ServerVersion: version["Version"],
  };
}

function hostDocument({ host, ...facts }: SystemFacts): Record<string, unknown> {
  return {
    arch: host.architecture,
    cgroupControllers: facts.controllers,
    cdi: { ...facts.cdi },
    cgroupManager: "cgroupfs",
    cgroupMode: facts.cgroups.mode,
    cgroupVersion: facts.cgroups.mode === "v2" ? "v2" : "v1",
    conmon: programDocument(facts.conmon),
    cpuUtilization: {
      idlePercent: host.cpuPercent.idle,
      systemPercent: host.cpuPercent.system,
      userPercent: host.cpuPercent.user,
    },
    cpus: host.cpus,
    databaseBackend: "sqlite",
    distribution: {
      codename: host.distribution.codename,
      distribution: host.distribution.id,
      version: host.distribution.version,
    },
    eventLogger: "file",
    hostname: host.hostname,
    idMappings: { gidmap: null, uidmap: null },
    kernel: host.kernel,
    logDriver: "k8s-file",
    linkmode: "static",
    memFree: host.memoryFreeBytes,
    memTotal: host.memoryTotalBytes,
    networkBackend: "estiba",
    ociRuntime: facts.runtime === undefined ? {} : { name: facts.runtime.name, ...programDocument(facts.runtime) },
    os: "linux",
    ...(facts.hardLimits === undefined ? {} : { resourceLimits: { ...facts.hardLimits } }),
    security: {
      apparmorEnabled: host.securityModules.includes("apparmor"),
      capabilities: facts.capabilities.join(","),
      rootless: facts.rootless,
      seccompEnabled: facts.seccomp,
      seccompProfilePath: "",
      selinuxEnabled: host.securityModules.includes("selinux"),
    },
    serviceIsRemote: false,
    swapFree: host.swapFreeBytes,
    swapTotal: host.swapTotalBytes,
    uptime: uptimeText(host.uptimeSeconds),
  };
}

function storeDocument(facts: SystemFacts): Record<string, unknown> {
  const { running, paused, stopped, total } = facts.containers;
  return {
    configFile: "",
    containerStore: { number: total, paused, running, stopped },
    graphDriverName: "overlay",
    graphOptions: {},
    graphRoot: facts.root,
    graphRootAllocated: facts.rootTotalBytes,
    graphRootUsed: facts.rootUsedBytes,
    graphStatus: {
      "Backing Filesystem": facts.backingFileSystem,
      "Native Overlay Diff": "true",
      "Supports d_type": "true",
      "Using metacopy": "false",
    },
    imageCopyTmpDir: facts.temporary,
    imageStore: { number: facts.images },
    runRoot: facts.runRoot,
    volumePath: facts.volumes,
  };
}

function programDocument(program: UsedProgram | undefined): Record<string, unknown> {
  return program === undefined ? {} : { path: program.path, version: program.version };
}

/** `50h 3m 7.00s (Approximately 2.08 days)`, as Podman writes it. */
function uptimeText(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const text = `${hours}h ${Math.floor(seconds / 60) % 60}m ${(seconds % 60).toFixed(2)}s`;
  return hours < 24 ? text : `${text} (Approximately ${(seconds / 86_400).toFixed(2)} days)`;
}
