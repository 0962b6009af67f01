import type { SystemFacts } from "../../engine/info.ts";

/** The versions of the API that are spoken, as `1.N`. */
export type SpokenVersions = { readonly newest: string; readonly oldest: string };

type Versions = SpokenVersions & { readonly version: string; readonly kernel: string; readonly architecture: string };

/** `GET /version`. Pure. */
export function dockerVersion({ version, newest, oldest, kernel, architecture }: Versions): Record<string, unknown> {
  const details = {
    ApiVersion: newest,
    Arch: architecture,
    BuildTime: "",
    Experimental: "false",
    GitCommit: "",
    GoVersion: "",
    KernelVersion: kernel,
    MinAPIVersion: oldest,
    Os: "linux",
  };
  return {
    Platform: { Name: "Estiba" },
    Components: [
      { Name: "Engine", Version: version, Details: details },
      { Name: "bun", Version: Bun.version, Details: {} },
    ],
    Version: version,
    ApiVersion: newest,
    MinAPIVersion: oldest,
    GitCommit: "",
    GoVersion: "",
    Os: "linux",
    Arch: architecture,
    KernelVersion: kernel,
    BuildTime: "",
  };
}

/** `GET /info`. Pure. */
export function dockerInfo(
  facts: SystemFacts,
  { version, id, swarm }: { version: string; id: string; swarm: Record<string, unknown> },
): Record<string, unknown> {
  const { containers } = facts;
  const runtime = facts.runtime?.name ?? "";
  return {
    ID: id,
    Containers: containers.total,
    ContainersRunning: containers.running,
    ContainersPaused: containers.paused,
    ContainersStopped: containers.stopped,
    Images: facts.images,
    Driver: "overlay",
    DriverStatus: [["Backing Filesystem", facts.backingFileSystem]],
    SystemStatus: null,
    Plugins: PLUGINS,
    ...limitFacts(facts),
    IPv4Forwarding: true,
    Debug: false,
    NFd: 0,
    NGoroutines: 0,
    SystemTime: new Date().toISOString(),
    LoggingDriver: "json-file",
    NEventsListener: 0,
    ...hostFacts(facts),
    IndexServerAddress: "https://index.docker.io/v1/",
    RegistryConfig: REGISTRIES,
    GenericResources: null,
    DockerRootDir: facts.root,
    HttpProxy: "",
    HttpsProxy: "",
    NoProxy: "",
    Labels: [],
    ExperimentalBuild: false,
    ServerVersion: version,
    Runtimes: runtime === "" ? {} : { [runtime]: { path: facts.runtime?.path ?? "" } },
    DefaultRuntime: runtime,
    Swarm: swarm,
    // Containers run on whatever becomes of the service.
    LiveRestoreEnabled: true,
    Isolation: "",
    InitBinary: "catatonit",
    ContainerdCommit: { ID: "" },
    RuncCommit: { ID: facts.runtime?.version ?? "" },
    InitCommit: { ID: "" },
    SecurityOptions: securityOptions(facts),
    CDISpecDirs: facts.cdi.folders,
    ProductLicense: "Apache-2.0",
    Warnings: [],
  };
}

const PLUGINS = {
  Volume: ["local"],
  Network: ["bridge", "host", "null"],
  Authorization: null,
  Log: ["journald", "json-file", "none"],
};

const REGISTRIES = {
  AllowNondistributableArtifactsCIDRs: null,
  AllowNondistributableArtifactsHostnames: null,
  InsecureRegistryCIDRs: ["127.0.0.0/8"],
  IndexConfigs: {},
  Mirrors: null,
};

function limitFacts(facts: SystemFacts): Record<string, unknown> {
  return {
    MemoryLimit: has(facts, "memory"),
    SwapLimit: has(facts, "memory"),
    CpuCfsPeriod: has(facts, "cpu"),
    CpuCfsQuota: has(facts, "cpu"),
    CPUShares: has(facts, "cpu"),
    CPUSet: has(facts, "cpuset"),
    PidsLimit: has(facts, "pids"),
    OomKillDisable: facts.cgroups.mode !== "v2",
    CgroupDriver: "cgroupfs",
    CgroupVersion: facts.cgroups.mode === "v2" ? "2" : "1",
  };
}

function hostFacts({ host }: SystemFacts): Record<string, unknown> {
  return {
    KernelVersion: host.kernel,
    OperatingSystem: `${host.distribution.id} ${host.distribution.version}`.trim(),
    OSVersion: host.distribution.version,
    OSType: "linux",
    Architecture: UNAME[host.architecture] ?? host.architecture,
    NCPU: host.cpus,
    MemTotal: host.memoryTotalBytes,
    Name: host.hostname,
  };
}

// uname(1) has other words than OCI.
const UNAME: Readonly<Record<string, string>> = { amd64: "x86_64", arm64: "aarch64" };

function has({ controllers }: SystemFacts, controller: string): boolean {
  return controllers.includes(controller);
}

function securityOptions(facts: SystemFacts): string[] {
  return [
    ...(facts.host.securityModules.includes("apparmor") ? ["name=apparmor"] : []),
    ...(facts.seccomp ? ["name=seccomp,profile=builtin"] : []),
    ...(facts.rootless ? ["name=rootless"] : []),
    ...(facts.cgroups.mode === "v2" ? ["name=cgroupns"] : []),
  ];
}
