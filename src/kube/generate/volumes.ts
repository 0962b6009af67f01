import type { ConfigMap, Volume, VolumeMount } from "kubernetes-types/core/v1";
import { parseSize } from "../../lib/size.ts";
import type { ContainerRecord } from "../../state/container.ts";
import type { MountSpec } from "../../state/spec/mounts.ts";
import type { SecretUse } from "../../state/spec/secrets.ts";
import { FILES_LABEL, POD_LABEL } from "../play/labels.ts";
import type { AnyVolume } from "../schema/volume.ts";
import { filled, type GenerateContext, ifTrue, kubeName, tellUnsaid } from "./context.ts";
import { secretRef } from "./secrets.ts";

const DEFAULT_MODE = 0o644;
const SCRATCH = ["/run", "/tmp", "/var/tmp"];

/** The volumes of a pod as they come together from its containers. */
export type VolumeTable = {
  readonly volumes: Map<string, Volume>;
  readonly configMaps: Map<string, ConfigMap>;
};

const PROPAGATION: Readonly<Record<string, string>> = {
  rslave: "HostToContainer",
  slave: "HostToContainer",
  rshared: "Bidirectional",
  shared: "Bidirectional",
};

/** Puts a volume into the table under its name, or the next free one where another volume has that; gives the name. */
function addVolume({ volumes }: VolumeTable, name: string, source: Omit<AnyVolume, "name">): string {
  for (let index = 1; ; index++) {
    const free = index === 1 ? name : `${name}-${index}`;
    const volume: Volume = { name: free, ...source };
    const there = volumes.get(free);
    if (there !== undefined && !Bun.deepEquals(there, volume)) continue;
    volumes.set(free, volume);
    return free;
  }
}

/** What a container mounts; the volumes go to the table. */
export function volumeMounts(context: GenerateContext, table: VolumeTable, record: ContainerRecord): VolumeMount[] {
  const unsaid = record.mounts.flatMap((mount) => unsaidOf(mount).map((option) => `${option} of ${mount.target}`));
  tellUnsaid(context, record.name, unsaid);
  const own = [...record.mounts, ...scratchOf(record)].flatMap((mount) => mountOf(context, table, record, mount));
  const devices = record.spec.devices.flatMap((device) => deviceMount(context, table, device));
  // A secret in a volume that YAML made stands in it already.
  const covered = record.mounts.filter((mount) => mount.type === "volume" && isPods(context, mount.source));
  const secrets = (record.spec.secrets ?? []).flatMap((use) => {
    if (use.type !== "mount") return [];
    const inside = covered.find(({ target }) => use.target.startsWith(`${target}/`));
    return inside === undefined ? secretMount(context, table, use) : [];
  });
  return [...own, ...devices, ...secrets];
}

/** What a read-only root has in memory by itself, and a read-only one of Kubernetes has not. */
function scratchOf({ spec: { security }, mounts }: ContainerRecord): MountSpec[] {
  if (!security.readOnlyRoot || !security.readOnlyTmpfs) return [];
  const taken = new Set(mounts.map(({ target }) => target));
  return SCRATCH.filter((target) => !taken.has(target)).map((target) => ({
    type: "tmpfs",
    target,
    readOnly: false,
    options: [],
  }));
}

/** What of a mount Kubernetes has no field for. */
function unsaidOf(mount: MountSpec): string[] {
  switch (mount.type) {
    case "tmpfs": {
      const options = mount.options.filter((option) => !/^(?:rw|ro|mode=1777|size=.*)$/.test(option));
      return [...options, ...(mount.fileSystem === undefined ? [] : [mount.fileSystem]), ...(mount.chown ? ["U"] : [])];
    }
    case "bind":
    case "volume":
      return [
        ...(mount.flags ?? []),
        ...(mount.chown === true ? ["U"] : []),
        ...(mount.idmap === undefined ? [] : ["idmap"]),
        ...(mount.overlay === undefined ? [] : ["O"]),
      ];
    case "image":
      return [...(mount.flags ?? [])];
    case "devpts":
      return ["a devpts mount"];
  }
}

function isPods({ facts }: GenerateContext, name: string | undefined): boolean {
  return name !== undefined && facts.volume(name)?.labels[POD_LABEL] !== undefined;
}

function mountOf(
  context: GenerateContext,
  table: VolumeTable,
  record: ContainerRecord,
  mount: MountSpec,
): VolumeMount[] {
  const place = { mountPath: mount.target, readOnly: ifTrue(mount.readOnly) };
  const add = (name: string, source: Omit<AnyVolume, "name">): string => addVolume(table, name, source);
  switch (mount.type) {
    case "bind": {
      const name = add(kubeName(`${mount.source}-host`), {
        hostPath: filled({ path: mount.source, type: context.facts.kindOf(mount.source) }),
      });
      return [filled({ name, ...place, subPath: mount.subpath, mountPropagation: PROPAGATION[mount.propagation] })];
    }
    case "image":
      return [
        filled({
          name: add(kubeName(`${mount.source}-image`), { image: { reference: mount.source } }),
          ...place,
          subPath: mount.subpath,
        }),
      ];
    case "tmpfs": {
      const size = mount.options.map((option) => /^size=(.*)$/.exec(option)?.[1]).find((found) => found !== undefined);
      const bytes = size === undefined ? undefined : parseSize(size);
      const emptyDir = filled({ medium: "Memory", sizeLimit: bytes === undefined ? undefined : String(bytes) });
      return [filled({ name: add(kubeName(`${record.name}-${mount.target}-tmp`), { emptyDir }), ...place })];
    }
    case "volume":
      return [
        filled({
          name: volumeName(context, table, { name: mount.source ?? "", record }),
          ...place,
          subPath: mount.subpath,
          mountPropagation: PROPAGATION[mount.propagation ?? ""],
        }),
      ];
    case "devpts":
      return [];
  }
}

type Used = { readonly name: string; readonly record: ContainerRecord };

function volumeName(context: GenerateContext, table: VolumeTable, { name, record }: Used): string {
  const volume = context.facts.volume(name);
  const pods = volume?.labels[POD_LABEL];
  if (pods !== undefined) return podVolume(context, table, { name, pod: pods, record });
  if (volume?.anonymous === true) return addVolume(table, kubeName(name.slice(0, 20)), { emptyDir: {} });
  return addVolume(table, kubeName(`${name}-pvc`), { persistentVolumeClaim: { claimName: name } });
}

/** A volume that lives as long as its pod: what it was made of is told by what is in it. */
function podVolume(
  context: GenerateContext,
  table: VolumeTable,
  { name, pod, record }: Used & { readonly pod: string },
): string {
  const own = name.startsWith(`${pod}-`) ? name.slice(pod.length + 1) : kubeName(name);
  const { options = {}, labels = {} } = context.facts.volume(name) ?? {};
  if (options["type"] === "tmpfs") {
    const size = /(?:^|,)size=(\d+)/.exec(options["o"] ?? "")?.[1];
    table.volumes.set(own, { name: own, emptyDir: filled({ medium: "Memory", sizeLimit: size }) });
    return own;
  }
  if (labels[FILES_LABEL] === undefined) {
    table.volumes.set(own, { name: own, emptyDir: {} });
    return own;
  }
  const target = record.mounts.find((mount) => mount.type === "volume" && mount.source === name)?.target ?? "";
  table.volumes.set(own, {
    name: own,
    projected: { sources: projectedSources(context, table, { name, record, target }) },
  });
  return own;
}

function projectedSources(
  context: GenerateContext,
  table: VolumeTable,
  { name, record, target }: Used & { readonly target: string },
): NonNullable<NonNullable<Volume["projected"]>["sources"]> {
  const secrets = (record.spec.secrets ?? []).flatMap((use) =>
    use.type === "mount" && use.target.startsWith(`${target}/`)
      ? [{ use, path: use.target.slice(target.length + 1) }]
      : [],
  );
  const taken = new Set(secrets.map(({ path }) => path));
  const files = context.facts.files(name).filter(({ path }) => !taken.has(path));
  const mapName = kubeName(name);
  const texts = files.map(({ path, data }) => [path, data] as const);
  if (files.length > 0) table.configMaps.set(mapName, configMapOf(mapName, texts));
  const items = files.map(({ path, mode }) => ({
    key: keyOf(path),
    path,
    ...(mode === DEFAULT_MODE ? {} : { mode }),
  }));
  return [
    ...(files.length === 0 ? [] : [{ configMap: { name: mapName, items } }]),
    ...secrets.map(({ use, path }) => {
      const { name: secret, key } = secretRef(context, use);
      return { secret: { name: secret, items: [{ key, path, mode: use.mode }] } };
    }),
  ];
}

/** Files as a ConfigMap: a key for each, as text where they are text. */
export function configMapOf(name: string, files: readonly (readonly [string, Uint8Array])[]): ConfigMap {
  const data: Record<string, string> = {};
  const binaryData: Record<string, string> = {};
  for (const [path, bytes] of files) {
    const text = Buffer.from(bytes).toString("utf8");
    if (Buffer.from(text).equals(bytes)) data[keyOf(path)] = text;
    else binaryData[keyOf(path)] = Buffer.from(bytes).toString("base64");
  }
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, ...filled({ data, binaryData }) };
}

function keyOf(path: string): string {
  return path.replaceAll("/", "_").replaceAll(/[^-._a-zA-Z0-9]/g, "-");
}

function deviceMount({ warnings }: GenerateContext, table: VolumeTable, device: string): VolumeMount[] {
  const [path = "", target = path, rights = "rwm"] = device.split(":");
  if (!path.startsWith("/")) {
    warnings.push(`the device ${device} cannot be said in Kubernetes YAML`);
    return [];
  }
  const name = addVolume(table, kubeName(`${path}-device`), { hostPath: { path, type: "CharDevice" } });
  return [filled({ name, mountPath: target, readOnly: ifTrue(!rights.includes("w")) })];
}

function secretMount(
  context: GenerateContext,
  table: VolumeTable,
  use: Extract<SecretUse, { type: "mount" }>,
): VolumeMount[] {
  const { name: secretName, key } = secretRef(context, use);
  const secret = { secretName, defaultMode: use.mode, items: [{ key, path: key }] };
  const name = addVolume(table, kubeName(`${use.secret}-secret`), { secret });
  return [{ name, mountPath: use.target, subPath: key, readOnly: true }];
}
