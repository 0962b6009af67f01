import type { IdMaps } from "../host/user-namespace.ts";
import { EstibaError } from "../lib/error.ts";
import type { ImageConfig } from "../oci/image-config.ts";
import type { ContainerRecord, ContainerSpec } from "../state/container.ts";
import type { MountSpec, UsedVolume } from "../state/spec/mounts.ts";
import { runsSystemd, variablesOf } from "./define-process.ts";
import { defineHealthCheck } from "./health/define.ts";
import { checkHostName } from "./host-name.ts";

/** What a container's root is made from, looked up. */
export type ResolvedImage = {
  readonly id: string;
  readonly name: string;
  readonly chainId: string;
  readonly config: ImageConfig;
};

type GivenDefinition = {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  readonly newVolumeName: () => string;
  /** That of the namespaces it shares; undefined: one of its own. */
  readonly hostname?: string | undefined;
  readonly idMaps?: IdMaps | undefined;
  /** What `volumesFrom` brings; a mount of the spec's own at the same target takes its place. */
  readonly inherited?: Inherited;
};

/** Mounts of other containers, and which of their volumes are anonymous. */
export type Inherited = { readonly mounts: readonly MountSpec[]; readonly anonymous: ReadonlySet<string> };

/** What systemd takes for "halt" (systemd(1), SIGNALS). */
const SYSTEMD_STOP_SIGNAL = "SIGRTMIN+3";
const NAME_PATTERN = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

/**
 * Joins what the user asked for with what the image brings: the definition of a container, with nothing left to decide. Pure but for the
 * ids it is given. Throws `invalid` when there is no command, or a name or target is malformed.
 */
export function defineContainer(spec: ContainerSpec, image: ResolvedImage, given: GivenDefinition): ContainerRecord {
  checkName(given.name);
  if (spec.hostname !== undefined) checkHostName(spec.hostname);
  const { process: defaults } = image.config;
  const entrypoint = spec.entrypoint ?? defaults.entrypoint;
  // An entrypoint of the user's own leaves the image's CMD out, as both peers do.
  const command = spec.command.length > 0 ? spec.command : spec.entrypoint === undefined ? defaults.cmd : [];
  const args = [...entrypoint, ...command];
  if (args.length === 0 || args[0] === "") throw noCommand(spec.image);
  const systemd = runsSystemd(spec, args);
  const mounts = allMounts(spec, defaults.volumes, given);
  const healthcheck = defineHealthCheck(spec.healthcheck, defaults.healthcheck);
  return {
    id: given.id,
    name: given.name,
    createdAt: given.createdAt,
    imageId: image.id,
    imageName: image.name,
    architecture: image.config.architecture,
    chainId: image.chainId,
    spec,
    process: {
      args,
      entrypoint,
      env: variablesOf(spec, defaults.env),
      cwd: absolutePath(spec.workdir ?? (defaults.workingDir === "" ? "/" : defaults.workingDir), "working folder"),
      user: spec.user ?? defaults.user,
      stopSignal: spec.stopSignal ?? (systemd ? SYSTEMD_STOP_SIGNAL : (defaults.stopSignal ?? "SIGTERM")),
    },
    labels: { ...defaults.labels, ...spec.labels },
    exposed: [...new Set([...defaults.exposedPorts, ...spec.expose].flatMap(singlePorts))],
    mounts,
    volumes: usedVolumes(spec, mounts, given.inherited),
    ...(systemd ? { systemd } : {}),
    ...(healthcheck === undefined ? {} : { healthcheck }),
    hostname: spec.hostname ?? given.hostname ?? given.id.slice(0, 12),
    ...(given.idMaps === undefined ? {} : { idMaps: given.idMaps }),
  };
}

function allMounts(
  spec: ContainerSpec,
  imageVolumes: readonly string[],
  { newVolumeName, inherited }: GivenDefinition,
): MountSpec[] {
  const named = spec.mounts.map((mount): MountSpec => {
    const target = absolutePath(mount.target, "mount target");
    if (target === "/") throw mountOnRoot();
    return mount.type === "volume"
      ? { ...mount, target, source: mount.source ?? newVolumeName() }
      : { ...mount, target };
  });
  const taken = new Set<string>();
  const secrets = (spec.secrets ?? []).flatMap((use) => (use.type === "mount" ? use : []));
  for (const { target } of [...named, ...secrets]) {
    if (taken.has(target)) throw duplicateTarget(target);
    taken.add(target);
  }
  // Of several containers that bring the same target, the last one counts.
  const brought = new Map(inherited?.mounts.map((mount) => [mount.target, mount]));
  const fromOthers = [...brought.values()].filter(({ target }) => !taken.has(target));
  for (const { target } of fromOthers) taken.add(target);
  const fromImage = imageVolumes
    .map((path) => absolutePath(path, "volume of the image"))
    .filter((target) => spec.imageVolumes !== "ignore" && !taken.has(target))
    .map(
      (target): MountSpec =>
        spec.imageVolumes === "tmpfs"
          ? { type: "tmpfs", target, readOnly: false, options: [] }
          : { type: "volume", source: newVolumeName(), target, readOnly: false, copy: true },
    );
  return [...named, ...fromOthers, ...fromImage];
}

function usedVolumes(
  spec: ContainerSpec,
  mounts: readonly MountSpec[],
  inherited: Inherited | undefined,
): UsedVolume[] {
  const asked = new Set([
    ...spec.mounts.flatMap((mount) => (mount.type === "volume" ? (mount.source ?? []) : [])),
    ...(inherited?.mounts ?? []).flatMap((mount) => (mount.type === "volume" ? (mount.source ?? []) : [])),
  ]);
  return mounts.flatMap((mount) =>
    mount.type === "volume" && mount.source !== undefined
      ? [
          {
            name: mount.source,
            target: mount.target,
            anonymous: !asked.has(mount.source) || inherited?.anonymous.has(mount.source) === true,
          },
        ]
      : [],
  );
}

// Normalised without looking at any file system: `..` cannot climb above the root.
/** With the path of the root before it, the kernel must take it; and each level is looked for, made and removed by itself. */
const [MOST_LEVELS, MOST_PATH_BYTES] = [255, 3_000];

function absolutePath(path: string, what: string): string {
  if (!path.startsWith("/") || path.includes("\0")) {
    throw new EstibaError("invalid", {
      reason: "container.relative_path",
      what: `the ${what} "${path}" is not an absolute path inside the container`,
      fix: "start it with /",
    });
  }
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  const inside = `/${parts.join("/")}`;
  if (parts.length <= MOST_LEVELS && new TextEncoder().encode(inside).length <= MOST_PATH_BYTES) return inside;
  throw new EstibaError("invalid", {
    reason: "container.long_path",
    what: `the ${what} "${inside.slice(0, 40)}..." is too long: it may have ${MOST_LEVELS} folders and ${MOST_PATH_BYTES} bytes`,
    fix: "choose a shorter path",
  });
}

// Whoever asks whether a port is published as well asks about one.
function singlePorts(text: string): string[] {
  const { first, last, protocol } =
    /^(?<first>\d{1,5})-(?<last>\d{1,5})(?:\/(?<protocol>.+))?$/.exec(text)?.groups ?? {};
  if (first === undefined || Number(last) < Number(first)) return [text.includes("/") ? text : `${text}/tcp`];
  const length = Number(last) - Number(first) + 1;
  return Array.from({ length }, (_, index) => `${Number(first) + index}/${protocol ?? "tcp"}`);
}

/** Throws `invalid` for what cannot be a container's name. */
export function checkName(name: string, whose: "container" | "pod" = "container"): void {
  if (NAME_PATTERN.test(name)) return;
  throw new EstibaError("invalid", {
    reason: "container.bad_name",
    what: `invalid ${whose} name "${name}": names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*`,
    fix: "choose a name of letters, digits, _ . and -",
  });
}

function noCommand(image: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "container.no_command",
    what: `no command or entrypoint given, and the image "${image}" brings none`,
    fix: `name a command: estiba run ${image} COMMAND`,
  });
}

function mountOnRoot(): EstibaError {
  return new EstibaError("invalid", {
    reason: "container.mount_on_root",
    what: 'the mount target cannot be "/": it would hide the whole image',
    fix: "mount it at a folder, such as /data",
  });
}

function duplicateTarget(target: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "container.duplicate_mount",
    what: `${target}: duplicate mount destination`,
    fix: "mount each path once",
  });
}
