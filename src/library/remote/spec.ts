import { EstibaError } from "../../lib/error.ts";
import { present } from "../../lib/present.ts";
import type { ContainerSpec } from "../../state/container.ts";
import type { MountSpec } from "../../state/spec/mounts.ts";
import type { NetworkMode } from "../../state/spec/network.ts";
import type { ContainerOptions, MountOption } from "../options.ts";

const STOP_SECONDS = 10;
const CPU_PERIOD_US = 100_000;

/** What is asked of a container, as a spec: checked further where it goes. Throws `invalid` for what could not even be sent. */
export function specOf(asked: ContainerOptions): ContainerSpec {
  return {
    ...present({
      name: asked.name,
      entrypoint: asked.entrypoint,
      workdir: asked.workdir,
      user: asked.user,
      hostname: asked.hostname,
      stopSignal: asked.stopSignal,
      healthcheck: asked.health,
      restart: asked.restart === undefined ? undefined : { name: asked.restart },
    }),
    image: asked.image,
    command: asked.command ?? [],
    env: Object.entries(asked.env ?? {}).map(([key, value]) => `${key}=${value}`),
    groupAdd: [],
    labels: asked.labels ?? {},
    annotations: {},
    tty: asked.tty ?? false,
    interactive: asked.stdin ?? false,
    autoRemove: asked.autoRemove ?? false,
    stopTimeout: asked.stopTimeoutSeconds ?? STOP_SECONDS,
    ...networksOf(asked),
    ports: (asked.ports ?? []).map(({ container, host = 0, hostIp = "", protocol = "tcp" }) => ({
      containerPort: container,
      hostPort: host,
      hostIp,
      protocol,
      range: 1,
    })),
    publishAll: false,
    expose: [],
    addHosts: [],
    dns: [],
    dnsSearch: [],
    dnsOptions: [],
    mounts: (asked.mounts ?? []).map(mountOf),
    resources: present({
      memoryBytes: asked.memoryBytes,
      pidsLimit: asked.pidsLimit,
      cpuQuotaUs: asked.cpus === undefined ? undefined : quotaOf(asked.cpus),
      cpuPeriodUs: asked.cpus === undefined ? undefined : CPU_PERIOD_US,
    }),
    security: {
      privileged: asked.privileged ?? false,
      capAdd: asked.capAdd ?? [],
      capDrop: asked.capDrop ?? [],
      readOnlyRoot: asked.readOnlyRoot ?? false,
      readOnlyTmpfs: true,
      noNewPrivileges: false,
      seccomp: "default",
      mask: [],
      unmask: [],
    },
    ulimits: {},
    sysctls: {},
    devices: [],
    log: { driver: "k8s-file" },
  };
}

function quotaOf(cpus: number): number {
  if (cpus > 0) return Math.round(cpus * CPU_PERIOD_US);
  throw new EstibaError("invalid", {
    reason: "client.bad_field",
    what: `cpus: ${cpus} is no number of processors`,
    fix: "for example 1.5",
  });
}

function networksOf({ network, aliases = [] }: ContainerOptions): Pick<ContainerSpec, "network" | "networks"> {
  if (network === "none" || network === "host") return { network };
  const names = network ?? [];
  if (names.length === 0 && aliases.length === 0) return { network: "bridge" };
  const [only] = names;
  if (only !== undefined && names.length === 1 && only.startsWith("container:"))
    return { network: only as NetworkMode };
  return {
    network: "bridge",
    networks: (names.length === 0 ? ["bridge"] : names).map((name) => ({ network: name, aliases })),
  };
}

function mountOf(mount: MountOption): MountSpec {
  const { target } = mount;
  switch (mount.type) {
    case "bind":
      return {
        type: "bind",
        source: mount.source,
        target,
        readOnly: mount.readOnly ?? false,
        propagation: "rprivate",
        recursive: true,
      };
    case "volume":
      return { type: "volume", source: mount.source, target, readOnly: mount.readOnly ?? false, copy: true };
    case "tmpfs":
      return {
        type: "tmpfs",
        target,
        readOnly: false,
        options: mount.sizeBytes === undefined ? [] : [`size=${mount.sizeBytes}`],
      };
  }
}
