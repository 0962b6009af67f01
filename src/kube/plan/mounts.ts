import { normalize } from "node:path";
import type { Container, VolumeMount } from "kubernetes-types/core/v1";
import type { MountSpec } from "../../state/spec/mounts.ts";
import type { SecretUse } from "../../state/spec/secrets.ts";
import { type PlanContext, reject } from "./context.ts";
import { type Environment, refuseSecret } from "./env.ts";
import { expand } from "./expand.ts";
import type { PodVolume } from "./volumes.ts";

/** What a container mounts. */
export type ContainerMounts = {
  readonly mounts: readonly MountSpec[];
  readonly secrets: readonly SecretUse[];
  readonly devices: readonly string[];
};

const PROPAGATION: Readonly<Record<string, string>> = {
  None: "rprivate",
  HostToContainer: "rslave",
  Bidirectional: "rshared",
};

type Volumes = ReadonlyMap<string, PodVolume>;
type Owner = { readonly uid: number; readonly gid: number };

/** The mounts of a container; files that are secrets belong to `owner`. */
export function mountsOf(
  context: PlanContext,
  volumes: Volumes,
  container: Container,
  { environment, owner }: { readonly environment: Environment; readonly owner: Owner },
): ContainerMounts {
  const mounts: MountSpec[] = [];
  const secrets: SecretUse[] = [];
  const devices: string[] = [];
  const targets = new Set<string>();
  for (const mount of container.volumeMounts ?? []) {
    const volume = volumes.get(mount.name);
    if (volume === undefined) {
      reject(context, [mount, "name"], `the pod has no volume "${mount.name}"`, "add it to spec.volumes");
      continue;
    }
    if (!mount.mountPath.startsWith("/"))
      reject(context, [mount, "mountPath"], `"${mount.mountPath}" is not an absolute path`);
    const target = normalize(`${mount.mountPath}/`);
    if (targets.has(target))
      reject(context, [mount, "mountPath"], `the container has two mounts at "${mount.mountPath}"`, "choose another");
    targets.add(target);
    const subpath = subpathOf(context, volume, mount, environment);
    if (volume.kind === "host" && (volume.type === "CharDevice" || volume.type === "BlockDevice")) {
      devices.push(`${volume.path}:${mount.mountPath}${mount.readOnly === true ? ":r" : ""}`);
      continue;
    }
    const files = volume.kind === "volume" ? secretMounts(volume, mount.mountPath, subpath, owner) : [];
    secrets.push(...files);
    // A secret that is mounted alone needs no folder.
    if (!files.some((file) => file.type === "mount" && file.target === mount.mountPath))
      mounts.push(mountOf(volume, mount, subpath));
  }
  return { mounts, secrets, devices };
}

function mountOf(volume: PodVolume, mount: VolumeMount, subpath: string | undefined): MountSpec {
  const place = { target: mount.mountPath, readOnly: mount.readOnly === true };
  const sub = subpath === undefined ? {} : { subpath };
  const made = subpath === undefined ? {} : { subpath, createSubpath: true as const };
  const propagation = PROPAGATION[mount.mountPropagation ?? "None"] ?? "rprivate";
  switch (volume.kind) {
    case "host":
      return { type: "bind", source: volume.path, ...place, ...made, propagation, recursive: true };
    case "image":
      return { type: "image", source: volume.reference, ...place, readOnly: true, ...sub };
    case "volume": {
      // As with Podman, a claimed volume gets what the image has at its place, and its owner; the pod's own stay as they are.
      const copy = volume.plan === undefined && subpath === undefined;
      const readOnly = place.readOnly || volume.readOnly;
      return {
        type: "volume",
        source: volume.source,
        ...place,
        readOnly,
        ...(volume.readOnly ? sub : made),
        copy,
        propagation,
      };
    }
  }
}

function secretMounts(
  { secretFiles }: Extract<PodVolume, { kind: "volume" }>,
  target: string,
  subpath: string | undefined,
  { uid, gid }: Owner,
): SecretUse[] {
  return secretFiles.flatMap(({ path, secret, mode }): SecretUse[] => {
    const below = relativeTo(path, subpath);
    if (below === undefined) return [];
    return [
      {
        type: "mount",
        secret,
        target: below === "" ? target : `${target.replace(/\/+$/, "")}/${below}`,
        uid,
        gid,
        mode,
      },
    ];
  });
}

/** False where all is known that a volume holds, and the path is not among it. */
function mayHold(volume: PodVolume, path: string): boolean {
  if (volume.kind !== "volume" || volume.plan?.kind !== "folder" || !volume.readOnly) return true;
  const wanted = normalize(`${path}/`);
  return wanted === "./" || volume.plan.files.some((file) => `${file.path}/`.startsWith(wanted));
}

/** The path below a subpath; empty for the same, undefined for what lies elsewhere. */
function relativeTo(path: string, subpath: string | undefined): string | undefined {
  if (subpath === undefined) return path;
  if (path === subpath) return "";
  return path.startsWith(`${subpath}/`) ? path.slice(subpath.length + 1) : undefined;
}

function subpathOf(
  context: PlanContext,
  volume: PodVolume,
  mount: VolumeMount,
  { plain, secret }: Environment,
): string | undefined {
  const { subPath, subPathExpr } = mount;
  if (subPath !== undefined && subPathExpr !== undefined)
    reject(context, [mount, "subPathExpr"], "subPath and subPathExpr exclude each other", "take one out");
  if (subPathExpr !== undefined) refuseSecret(context, [mount, "subPathExpr"], subPathExpr, secret);
  const path = subPath ?? (subPathExpr === undefined ? undefined : expand(subPathExpr, plain));
  const key = subPath === undefined ? "subPathExpr" : "subPath";
  if (path === undefined || path === "") return undefined;
  if (path.startsWith("/") || path.split("/").includes(".."))
    reject(context, [mount, key], `"${path}" leads out of the volume`, "use a relative path without ..");
  else if (!mayHold(volume, path)) reject(context, [mount, key], `the volume "${mount.name}" has no "${path}"`);
  return path;
}
