import { EstibaError } from "../../lib/error.ts";
import type { ContainerSpec } from "../../state/container.ts";
import type { HealthOptions } from "../../state/spec/health.ts";
import { driverOptions, linkTexts } from "./container-networks.ts";
import { createHostConfig } from "./create-host-config.ts";

/**
 * The body of `POST /containers/create` that asks for a container as the spec does: the way back from what the API's door reads. Pure. Throws
 * `unsupported`, by the option's name, for what Docker's API has no word for.
 */
export function dockerCreateBody(spec: ContainerSpec): Record<string, unknown> {
  const [unsaid] = optionsWithoutWord(spec);
  if (unsaid !== undefined) throw noWord(unsaid);
  const { process = {}, identity = {} } = spec;
  return {
    Image: spec.image,
    Hostname: spec.hostname,
    Domainname: identity.domainname,
    User: spec.user,
    WorkingDir: spec.workdir,
    StopSignal: spec.stopSignal,
    StopTimeout: spec.stopTimeout,
    Tty: spec.tty,
    OpenStdin: spec.interactive,
    StdinOnce: spec.interactive,
    AttachStdin: spec.interactive,
    AttachStdout: true,
    AttachStderr: true,
    // An empty one takes the image's.
    Cmd: spec.command.length === 0 ? undefined : spec.command,
    Entrypoint: spec.entrypoint?.length === 0 ? [""] : spec.entrypoint,
    // A name alone is left out of the image's.
    Env: [...(process.baseEnv ?? []), ...spec.env, ...(process.unsetEnv ?? [])],
    Labels: spec.labels,
    ExposedPorts: Object.fromEntries(exposedPorts(spec).map((port) => [port, {}])),
    Healthcheck: spec.healthcheck === undefined ? undefined : healthDocument(spec.healthcheck),
    HostConfig: createHostConfig(spec),
    NetworkingConfig: { EndpointsConfig: endpoints(spec) },
  };
}

function exposedPorts({ expose, ports }: ContainerSpec): string[] {
  const exposed = expose.flatMap((text) => {
    const [, first = "", last = first, protocol = "tcp"] = /^(\d+)(?:-(\d+))?(?:\/(\w+))?$/.exec(text) ?? [];
    if (first === "") return [text];
    return Array.from({ length: Number(last) - Number(first) + 1 }, (_, at) => `${Number(first) + at}/${protocol}`);
  });
  const published = ports.flatMap(({ containerPort, range, protocol }) =>
    Array.from({ length: range }, (_, at) => `${containerPort + at}/${protocol}`),
  );
  return [...new Set([...exposed, ...published])];
}

function endpoints({ networks = [] }: ContainerSpec): Record<string, unknown> {
  return Object.fromEntries(
    networks.map((attachment) => {
      const { network, ipv4, ipv6, mac, aliases, gatewayPriority } = attachment;
      const endpoint = {
        IPAMConfig: ipv4 === undefined && ipv6 === undefined ? undefined : { IPv4Address: ipv4, IPv6Address: ipv6 },
        MacAddress: mac,
        Aliases: aliases,
        Links: linkTexts(attachment),
        GwPriority: gatewayPriority,
        DriverOpts: driverOptions(attachment),
      };
      return [network, endpoint];
    }),
  );
}

const NANOS_IN_MS = 1e6;

/** A health check with Docker's fields, times in nanoseconds. Pure. */
export function healthDocument({
  test,
  intervalMs,
  timeoutMs,
  startPeriodMs,
  startIntervalMs,
  retries,
}: HealthOptions): object {
  const nanos = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms * NANOS_IN_MS);
  return {
    Test: test,
    Interval: nanos(intervalMs),
    Timeout: nanos(timeoutMs),
    StartPeriod: nanos(startPeriodMs),
    StartInterval: nanos(startIntervalMs),
    Retries: retries,
  };
}

/** The options of `create`, used here, that Docker's API cannot say. */
function optionsWithoutWord(spec: ContainerSpec): string[] {
  const { process = {}, identity = {}, security, resources, healthcheck: health = {}, namespaces = {}, log } = spec;
  const used: Readonly<Record<string, unknown>> = {
    rootfs: spec.rootfs,
    pod: spec.pod,
    requires: spec.requires?.length,
    secret: spec.secrets?.length,
    "image-volume": spec.imageVolumes,
    umask: process.umask,
    "init-path": typeof process.init === "string" ? process.init : undefined,
    timeout: process.timeoutSeconds,
    "unsetenv-all": process.unsetAllEnv,
    "env-merge": process.envMerge?.length,
    systemd: process.systemd === "auto" ? undefined : process.systemd,
    sdnotify: process.sdnotify === "container" ? undefined : process.sdnotify,
    pidfile: process.pidFile,
    "conmon-pidfile": process.monitorPidFile,
    "no-hostname": identity.noHostname,
    "no-hosts": identity.noHosts,
    "dns none": identity.noResolvConf,
    "hosts-file": identity.hostsFile,
    hostuser: identity.hostUsers?.length,
    passwd: identity.noPasswd,
    "passwd-entry": identity.passwdEntry,
    "group-entry": identity.groupEntry,
    tz: identity.timezone,
    userns: namespaces.user?.mode === "host" ? undefined : namespaces.user,
    "cgroup-conf": resources.cgroupFiles,
    cgroups: resources.cgroupWithoutMonitor,
    "cdi-spec-dir": security.cdiFolders,
    "security-opt proc-opts": security.procOptions,
    "security-opt mask": security.mask.length,
    "security-opt unmask": security.unmask.some((path) => path !== "ALL"),
    "log-opt path": log.path,
    "log-driver passthrough": log.driver === "passthrough",
    "publish-group": spec.ports.some(({ share }) => share !== undefined),
    "network opt": spec.networks?.some(({ sysctls }) => sysctls !== undefined),
    "health-on-failure": health.onFailure === "none" ? undefined : health.onFailure,
    "health-startup-cmd": health.startup,
    "health-log-destination": health.logDestination,
    "health-max-log-count": health.maxLogCount,
    "health-max-log-size": health.maxLogSize,
  };
  const joined = [namespaces.pid, namespaces.ipc, namespaces.uts, namespaces.cgroup, spec.network];
  const paths = joined.some((mode) => mode?.startsWith("ns:") === true) ? ["network, pid, ipc or uts ns:PATH"] : [];
  return [...Object.keys(used).filter((option) => isUsed(used[option])), ...paths];
}

function isUsed(value: unknown): boolean {
  return value !== undefined && value !== false && value !== 0;
}

function noWord(option: string): EstibaError {
  return new EstibaError("unsupported", {
    reason: "client.no_word",
    what: `--${option} does not reach an engine elsewhere: Docker's API has no word for it`,
    fix: "leave it out, or run the command on the engine's own machine",
    details: { option },
  });
}
