import type { ContainerOptions, MountOption, PortOption } from "../options.ts";

/**
 * What is asked of a container, as options of `estiba create`: each is checked where those are, and containers.conf gives the same defaults.
 * A value that begins with a dash is one all the same: each option is one word. Health checks have words of their own that options lack.
 */
export function createWords(asked: ContainerOptions): string[] {
  const { network } = asked;
  const networks = network === undefined ? [] : typeof network === "string" ? [network] : network;
  return [
    ...single({
      name: asked.name,
      workdir: asked.workdir,
      user: asked.user,
      hostname: asked.hostname,
      memory: asked.memoryBytes === undefined ? undefined : `${asked.memoryBytes}b`,
      cpus: asked.cpus,
      "pids-limit": asked.pidsLimit,
      "stop-signal": asked.stopSignal,
      "stop-timeout": asked.stopTimeoutSeconds,
      restart: asked.restart,
    }),
    ...flags({
      privileged: asked.privileged,
      "read-only": asked.readOnlyRoot,
      tty: asked.tty,
      interactive: asked.stdin,
      rm: asked.autoRemove,
    }),
    ...several("env", pairs(asked.env)),
    ...several("label", pairs(asked.labels)),
    ...several("cap-add", asked.capAdd ?? []),
    ...several("cap-drop", asked.capDrop ?? []),
    ...several("network", networks),
    ...several("network-alias", asked.aliases ?? []),
    ...several("publish", (asked.ports ?? []).map(portText)),
    ...several("mount", (asked.mounts ?? []).map(mountText)),
    ...(asked.entrypoint === undefined ? [] : [`--entrypoint=${JSON.stringify(asked.entrypoint)}`]),
  ];
}

type Value = string | number | undefined;

function single(values: Readonly<Record<string, Value>>): string[] {
  return Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`]));
}

function flags(values: Readonly<Record<string, boolean | undefined>>): string[] {
  return Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`]));
}

function several(name: string, values: readonly string[]): string[] {
  return values.map((value) => `--${name}=${value}`);
}

function pairs(map: Readonly<Record<string, string>> | undefined): string[] {
  return Object.entries(map ?? {}).map(([key, value]) => `${key}=${value}`);
}

function portText({ container, host, hostIp, protocol }: PortOption): string {
  const address = hostIp?.includes(":") === true ? `[${hostIp}]` : hostIp;
  // Nothing between the colons is a free port.
  const port = host === undefined || host === 0 ? "" : `${host}`;
  const before = address !== undefined ? `${address}:${port}:` : port === "" ? "" : `${port}:`;
  return `${before}${container}${protocol === undefined ? "" : `/${protocol}`}`;
}

function mountText(mount: MountOption): string {
  const fields = { type: mount.type, target: mount.target };
  const more =
    mount.type === "tmpfs"
      ? { "tmpfs-size": mount.sizeBytes }
      : { source: mount.source, readonly: mount.readOnly === true ? "true" : undefined };
  return Object.entries({ ...fields, ...more })
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => csvField(`${key}=${value}`))
    .join(",");
}

function csvField(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
