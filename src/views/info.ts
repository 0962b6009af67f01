import type { SystemFacts, UsedProgram } from "../engine/info.ts";

/** `info` as Podman's JSON has it: the fields of `host`, `store`, `registries`, `plugins` and `version` that mean something here. */
export function infoDocument(facts: SystemFacts, version: string): Record<string, unknown> {
  return {
    host: hostDocument(facts),
    plugins: { log: ["k8s-file", "none"], network: ["bridge", "none", "host"], volume: ["local"] },
    registries: facts.searchRegistries.length === 0 ? {} : { search: facts.searchRegistries },
    store: storeDocument(facts),
    version: { Version: version, BunVersion: Bun.version, Os: "linux", OsArch: `linux/${facts.host.architecture}` },
  };
}

function hostDocument({ host, ...facts }: SystemFacts): Record<string, unknown> {
  return {
    arch: host.architecture,
    cgroupControllers: facts.controllers,
    cgroupManager: "cgroupfs",
    cgroupMode: facts.cgroups.mode,
    cgroupVersion: facts.cgroups.mode === "v2" ? "v2" : "v1",
    conmon: programDocument(facts.conmon),
    cpus: host.cpus,
    distribution: {
      codename: host.distribution.codename,
      distribution: host.distribution.id,
      version: host.distribution.version,
    },
    eventLogger: "file",
    hostname: host.hostname,
    kernel: host.kernel,
    logDriver: "k8s-file",
    memFree: host.memoryFreeBytes,
    memTotal: host.memoryTotalBytes,
    networkBackend: "estiba",
    ociRuntime: facts.runtime === undefined ? {} : { name: facts.runtime.name, ...programDocument(facts.runtime) },
    os: "linux",
    security: {
      apparmorEnabled: host.securityModules.includes("apparmor"),
      capabilities: facts.capabilities.join(","),
      rootless: facts.rootless,
      seccompEnabled: facts.seccomp,
      selinuxEnabled: host.securityModules.includes("selinux"),
    },
    serviceIsRemote: false,
    swapFree: host.swapFreeBytes,
    swapTotal: host.swapTotalBytes,
    uptime: uptimeText(host.uptimeSeconds),
  };
}

function storeDocument(facts: SystemFacts): Record<string, unknown> {
  const { running, stopped, total } = facts.containers;
  return {
    containerStore: { number: total, paused: 0, running, stopped },
    graphDriverName: "overlay",
    graphOptions: {},
    graphRoot: facts.root,
    graphRootAllocated: facts.rootTotalBytes,
    graphRootUsed: facts.rootUsedBytes,
    graphStatus: { "Backing Filesystem": facts.backingFileSystem },
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
