import type {
  ConfigMapVolumeSource,
  DownwardAPIVolumeFile,
  EmptyDirVolumeSource,
  KeyToPath,
  ProjectedVolumeSource,
} from "kubernetes-types/core/v1";
import { parseReference } from "../../oci/reference.ts";
import { quantityOf } from "../schema/quantity.ts";
import type { AnyVolume } from "../schema/volume.ts";
import { type PlanContext, parsed, reject, rejectSeveral, warn } from "./context.ts";
import { noConfigMap, noSecret, secretKeys, secretVariable } from "./env.ts";
import { fieldValue, type PodFacts, resourceValue } from "./fields.ts";
import { hostPathOf } from "./host-paths.ts";
import type { FilePlan, HostPathPlan, VolumePlan } from "./pod-plan.ts";

/** A file of a volume that is a secret: it is mounted over an empty one. */
export type SecretFile = { readonly path: string; readonly secret: string; readonly mode: number };

/** A volume of a pod as its containers mount it. `plan` is undefined for one that outlives the pod. */
export type PodVolume =
  | {
      readonly kind: "volume";
      readonly source: string;
      readonly readOnly: boolean;
      readonly plan: VolumePlan | undefined;
      readonly secretFiles: readonly SecretFile[];
    }
  | ({ readonly kind: "host" } & HostPathPlan)
  | { readonly kind: "image"; readonly reference: string };

const VOLUME_KINDS: readonly (keyof AnyVolume)[] = [
  "emptyDir",
  "hostPath",
  "configMap",
  "secret",
  "persistentVolumeClaim",
  "downwardAPI",
  "projected",
  "image",
];
const DEFAULT_MODE = 0o644;

type Files = { readonly files: FilePlan[]; readonly secretFiles: SecretFile[]; readonly mode: number };

/** A volume of a pod; undefined, with a problem, for one that says nothing of what it is. */
export function podVolume(
  context: PlanContext,
  pod: PodFacts,
  volume: AnyVolume,
  gid: number | undefined,
): PodVolume | undefined {
  const { emptyDir, hostPath, persistentVolumeClaim: claim, image, name } = volume;
  const own = `${pod.name}-${name}`;
  rejectSeveral(context, volume, VOLUME_KINDS);
  if (hostPath !== undefined) return { kind: "host", ...hostPathOf(context, hostPath) };
  if (image !== undefined) {
    const { reference = "" } = image;
    parsed(context, [image, "reference"], () => parseReference(reference));
    return { kind: "image", reference };
  }
  if (claim !== undefined)
    return {
      kind: "volume",
      source: claim.claimName,
      readOnly: claim.readOnly === true,
      plan: undefined,
      secretFiles: [],
    };
  if (emptyDir !== undefined)
    return {
      kind: "volume",
      source: own,
      readOnly: false,
      plan: emptyPlan(context, own, emptyDir, gid),
      secretFiles: [],
    };
  const made = filesOf(context, pod, volume);
  if (made === undefined) {
    reject(context, [volume, "name"], `the volume "${name}" says nothing of what it is`, "for example: emptyDir: {}");
    return undefined;
  }
  checkPaths(context, volume, [...made.files, ...made.secretFiles]);
  const secrets = made.secretFiles.map((file) => readable(file, gid));
  // A secret is mounted over a file that is there, so that the folder can be read-only.
  const files = [
    ...made.files.map((file) => readable(file, gid)),
    ...secrets.map(({ path, mode }) => ({ path, mode, data: new Uint8Array() })),
  ];
  const plan: VolumePlan = {
    kind: "folder",
    name: own,
    mode: 0o755,
    gid,
    files,
  };
  return { kind: "volume", source: own, readOnly: true, plan, secretFiles: secrets };
}

function filesOf(
  context: PlanContext,
  pod: PodFacts,
  { configMap, secret, downwardAPI, projected }: AnyVolume,
): Files | undefined {
  if (configMap !== undefined) return configFiles(context, configMap, configMap.defaultMode);
  if (secret !== undefined) {
    const { secretName: name = "", items, optional = false, defaultMode } = secret;
    return secretFiles(context, { ref: secret, name, items, optional }, defaultMode);
  }
  if (downwardAPI !== undefined) return downwardFiles(context, pod, downwardAPI.items ?? [], downwardAPI.defaultMode);
  return projected === undefined ? undefined : projectedFiles(context, pod, projected);
}

function emptyPlan(
  context: PlanContext,
  name: string,
  source: EmptyDirVolumeSource,
  gid: number | undefined,
): VolumePlan {
  const { medium = "", sizeLimit } = source;
  if (medium === "") {
    if (sizeLimit !== undefined)
      warn(context, [source, "sizeLimit"], "sizeLimit has no effect: a folder has no limit; medium: Memory has");
    return { kind: "folder", name, mode: gid === undefined ? 0o777 : 0o2777, gid, files: [] };
  }
  const size = sizeLimit === undefined ? [] : [`size=${Math.ceil(quantityOf(sizeLimit))}`];
  return {
    kind: "memory",
    name,
    gid,
    options: ["mode=1777", ...(gid === undefined ? [] : [`gid=${gid}`]), ...size].join(","),
  };
}

function configFiles(context: PlanContext, source: ConfigMapVolumeSource, mode = DEFAULT_MODE): Files {
  const { name = "", items, optional = false } = source;
  const data = context.configMaps.get(name)?.all;
  if (data === undefined && !optional) noConfigMap(context, source, name);
  const chosen = items ?? [...(data?.keys() ?? [])].map((key): KeyToPath => ({ key, path: key }));
  const files = chosen.flatMap((item): FilePlan[] => {
    const value = data?.get(item.key);
    if (value === undefined && data !== undefined && !optional)
      reject(context, [item, "key"], `the ConfigMap "${name}" has no key "${item.key}"`);
    return value === undefined ? [] : [{ path: item.path, data: value, mode: item.mode ?? mode }];
  });
  return { files, secretFiles: [], mode };
}

type SecretSource = {
  readonly ref: object;
  readonly name: string;
  readonly items: readonly KeyToPath[] | undefined;
  readonly optional: boolean;
};

function secretFiles(context: PlanContext, { ref, name, items, optional }: SecretSource, mode = DEFAULT_MODE): Files {
  const keys = secretKeys(context, name);
  const known = keys.length > 0 || context.secrets.has(name);
  if (!known && !optional) noSecret(context, ref, name);
  const made: Files = { files: [], secretFiles: [], mode };
  for (const item of items ?? keys.map((key): KeyToPath => ({ key, path: key }))) {
    const value = secretVariable(context, name, item.key);
    const place = { path: item.path, mode: item.mode ?? mode };
    if (value === undefined) {
      if (!optional && known) reject(context, [item, "key"], `the Secret "${name}" has no key "${item.key}"`);
    } else if ("secret" in value) made.secretFiles.push({ ...place, secret: value.secret });
    else made.files.push({ ...place, data: new Uint8Array() });
  }
  return made;
}

function downwardFiles(
  context: PlanContext,
  pod: PodFacts,
  items: readonly DownwardAPIVolumeFile[],
  mode = DEFAULT_MODE,
): Files {
  const files = items.flatMap((item): FilePlan[] => {
    const { fieldRef, resourceFieldRef, path } = item;
    if (fieldRef === undefined && resourceFieldRef === undefined) {
      reject(context, [item, "path"], `the file "${path}" has neither fieldRef nor resourceFieldRef`);
      return [];
    }
    const text =
      fieldRef === undefined
        ? resourceFieldRef && resourceValue(context, pod, undefined, resourceFieldRef)
        : fieldValue(context, pod, fieldRef);
    return text === undefined ? [] : [{ path, data: Buffer.from(text), mode: item.mode ?? mode }];
  });
  return { files, secretFiles: [], mode };
}

function projectedFiles(
  context: PlanContext,
  pod: PodFacts,
  { sources = [], defaultMode }: ProjectedVolumeSource,
): Files {
  const parts = sources.flatMap(({ configMap, secret, downwardAPI }): Files[] => [
    ...(configMap === undefined ? [] : [configFiles(context, configMap, defaultMode)]),
    ...(secret === undefined
      ? []
      : [
          secretFiles(
            context,
            { ref: secret, name: secret.name ?? "", items: secret.items, optional: secret.optional === true },
            defaultMode,
          ),
        ]),
    ...(downwardAPI === undefined ? [] : [downwardFiles(context, pod, downwardAPI.items ?? [], defaultMode)]),
  ]);
  return {
    files: parts.flatMap(({ files }) => files),
    secretFiles: parts.flatMap((part) => part.secretFiles),
    mode: defaultMode ?? DEFAULT_MODE,
  };
}

function checkPaths(context: PlanContext, volume: AnyVolume, files: readonly { readonly path: string }[]): void {
  const seen = new Set<string>();
  for (const { path } of files) {
    if (
      path === "" ||
      path.startsWith("/") ||
      path.split("/").some((part) => part === ".." || part === "." || part === "")
    )
      reject(
        context,
        [volume, "name"],
        `"${path}" cannot be a path in the volume "${volume.name}"`,
        "use a relative path without . and ..",
      );
    if (seen.has(path)) reject(context, [volume, "name"], `two files of the volume "${volume.name}" are "${path}"`);
    seen.add(path);
  }
}

// Whoever belongs to the pod's group reads what the owner reads.
function readable<T extends { readonly mode: number }>(file: T, gid: number | undefined): T {
  return gid !== undefined && (file.mode & 0o400) !== 0 ? { ...file, mode: file.mode | 0o040 } : file;
}
