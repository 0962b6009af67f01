import type { ContainerRecord } from "../../state/container.ts";
import type { InspectFacts } from "../container-inspect.ts";
import { inspectHealthConfig } from "../inspect-health.ts";

/** `Config` of inspect. */
export function inspectConfig(record: ContainerRecord, facts: InspectFacts): Record<string, unknown> {
  const { spec, process } = record;
  const { process: options = {}, identity = {} } = spec;
  return {
    Hostname: record.hostname,
    Domainname: identity.domainname ?? "",
    User: process.user,
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    Tty: spec.tty,
    OpenStdin: spec.interactive,
    StdinOnce: false,
    Env: facts.environment,
    Cmd: orNull(process.args.slice(process.entrypoint.length)),
    Image: record.imageName,
    Volumes: null,
    WorkingDir: process.cwd,
    Entrypoint: orNull(process.entrypoint),
    OnBuild: null,
    Labels: record.labels,
    Annotations: spec.annotations,
    StopSignal: process.stopSignal,
    Healthcheck: undefined,
    ...inspectHealthConfig(record),
    CreateCommand: spec.createCommand,
    Timezone: identity.timezone,
    SystemdMode: record.systemd === true ? true : undefined,
    Umask: (options.umask ?? 0o22).toString(8).padStart(4, "0"),
    Timeout: options.timeoutSeconds ?? 0,
    StopTimeout: spec.stopTimeout,
    Passwd: identity.noPasswd !== true,
    Secrets: inspectSecrets(spec),
    sdNotifyMode: options.sdnotify ?? "container",
    ExposedPorts: exposedPorts(record),
  };
}

// What it has, and nothing of what that says.
function inspectSecrets({ secrets = [] }: ContainerRecord["spec"]): Record<string, unknown>[] | undefined {
  const mounts = secrets.flatMap((use) =>
    use.type === "mount" ? [{ Name: use.secret, ID: use.id, UID: use.uid, GID: use.gid, Mode: use.mode }] : [],
  );
  return mounts.length === 0 ? undefined : mounts;
}

function exposedPorts({ exposed, spec }: ContainerRecord): Record<string, object> | undefined {
  const published = spec.ports.flatMap(({ containerPort, protocol, range }) =>
    Array.from({ length: range }, (_, index) => `${containerPort + index}/${protocol}`),
  );
  const all = new Set([...exposed, ...published]);
  return all.size === 0 ? undefined : Object.fromEntries([...all].map((port) => [port, {}]));
}

function orNull<T>(list: readonly T[]): readonly T[] | null {
  return list.length === 0 ? null : list;
}
