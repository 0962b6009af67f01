import { statSync } from "node:fs";
import { EstibaError, isEstibaError } from "../lib/error.ts";
import { randomHex } from "../lib/random-hex.ts";
import { emptyProcess, parseImageConfig } from "../oci/image-config.ts";
import { hostPlatform } from "../oci/platform.ts";
import { findInit } from "../runtime/init-program.ts";
import { checkMemory } from "../runtime/spec-resources.ts";
import type { ContainerRecord, ContainerSpec } from "../state/container.ts";
import { findContainer, insertContainer } from "../state/containers.ts";
import { fleetingTransaction, transaction, transactionToSync } from "../state/database.ts";
import type { UsedVolume } from "../state/spec/mounts.ts";
import type { RootfsSpec } from "../state/spec/process.ts";
import { insertVolume, type VolumeRecord } from "../state/volumes.ts";
import { inheritMounts, joinInherited, mountedImages, resolveImages } from "./create-mounts.ts";
import { defineContainer, type Inherited, type ResolvedImage } from "./define.ts";
import { emitContainerEvent, emitEvent } from "./emit-event.ts";
import type { Engine } from "./engine.ts";
import { findImage } from "./find-image.ts";
import { fixedMaps } from "./id-maps.ts";
import { requireLog } from "./log/destination.ts";
import { findSurroundings } from "./namespaces.ts";
import { checkAttachments } from "./network/attachments.ts";
import { findAttachments, requireNetworks } from "./network/require.ts";
import { randomName } from "./random-name.ts";

const NAME_ATTEMPTS = 8;

type CreateOptions = {
  /** Mounts of a container whose place it takes. */
  readonly brought?: Inherited | undefined;
  /** Joins the transaction, before the container is inserted. */
  readonly within?: (record: ContainerRecord) => void;
  /** Not yet on the disk: the caller calls {@link syncLog}, with more to do meanwhile. */
  readonly toSync?: boolean;
};

/**
 * Records a container: its definition and its volumes, in one durable transaction. The image is local already. Nothing is made on disk:
 * the record comes first. State reached: created.
 * Throws `conflict` for a name in use, `not_found` for the image, `invalid` for what the spec and the image do not allow.
 */
export async function createContainer(
  engine: Engine,
  wanted: ContainerSpec,
  options: CreateOptions = {},
): Promise<ContainerRecord> {
  const asked = withoutNoRestart(await inItsPod(engine, withRequired(engine, wanted)));
  const init = asked.process?.init;
  if (init !== undefined) findInit(init === true ? undefined : init);
  const { spec, hostname, idMaps = fixedMaps(asked.namespaces?.user) } = findSurroundings(engine, asked);
  requireLog(spec);
  checkMemory(spec.resources);
  if (spec.addHosts.length > 0) (await import("../network/files.ts")).checkExtraHosts(spec.addHosts);
  const image = spec.rootfs === undefined ? imageFor(engine, spec.image) : imageOfRootfs(spec.rootfs);
  const resolved = await withSecrets(engine, await withNetworks(engine, resolveImages(engine, spec)));
  const inherited = joinInherited(inheritMounts(engine, spec), options.brought);
  for (let attempt = 0; ; attempt++) {
    const defined = defineContainer(resolved, image, {
      id: randomHex(32),
      name: spec.name ?? randomName(attempt),
      createdAt: Date.now(),
      newVolumeName: () => randomHex(32),
      hostname,
      idMaps,
      ...(inherited === undefined ? {} : { inherited }),
    });
    try {
      const { record, volumes } = await insertDefinition(engine, defined, options);
      for (const name of volumes) emitEvent(engine, { type: "volume", action: "create", id: name, name });
      emitContainerEvent(engine, record, "create");
      return record;
    } catch (error) {
      const nameTaken = isEstibaError(error, "conflict") && spec.name === undefined;
      if (!nameTaken || attempt >= NAME_ATTEMPTS) throw error;
    }
  }
}

// A policy of a pod's counts where a member has none of its own: "no" is one.
function withoutNoRestart({ restart, ...spec }: ContainerSpec): ContainerSpec {
  return restart === undefined || restart.name === "no" ? spec : { ...spec, restart };
}

function withRequired(engine: Engine, spec: ContainerSpec): ContainerSpec {
  if (spec.requires === undefined) return spec;
  return { ...spec, requires: spec.requires.map((name) => findContainer(engine.store, name).id) };
}

async function inItsPod(engine: Engine, spec: ContainerSpec): Promise<ContainerSpec> {
  return spec.pod === undefined || spec.pod.infra === true
    ? spec
    : (await import("./pod/join.ts")).joinPod(engine, spec);
}

async function withSecrets(engine: Engine, spec: ContainerSpec): Promise<ContainerSpec> {
  return spec.secrets === undefined ? spec : (await import("./secret/use.ts")).resolveSecrets(engine, spec);
}

async function withNetworks(engine: Engine, spec: ContainerSpec): Promise<ContainerSpec> {
  if (spec.networks === undefined) return spec;
  const networks = await findAttachments(engine, spec.networks);
  checkAttachments(networks);
  return { ...spec, networks };
}

/** Gives the record with its ids chosen, and the names of the volumes that are new. */
async function insertDefinition(
  engine: Engine,
  defined: ContainerRecord,
  { within, toSync = false }: CreateOptions,
): Promise<{ record: ContainerRecord; volumes: string[] }> {
  const now = defined.createdAt;
  const withIds = await idChoice(engine, defined);
  const secrets = defined.spec.secrets === undefined ? undefined : await import("./secret/use.ts");
  const pods = defined.spec.pod === undefined ? undefined : await import("./pod/join.ts");
  const lasting = toSync ? transactionToSync : transaction;
  return (survivesBoot(defined) ? lasting : fleetingTransaction)(engine.store, () => {
    // An image may have been removed since it was looked up: its row is what keeps its layers.
    if (defined.spec.rootfs === undefined) requireImage(engine, defined.imageId, defined.imageName);
    for (const { imageId, source } of mountedImages(defined)) requireImage(engine, imageId, source);
    if (defined.spec.networks !== undefined) requireNetworks(engine, defined.spec.networks);
    secrets?.requireSecrets(engine.store, defined);
    pods?.requirePod(engine, defined.spec);
    // Chosen where it is recorded: no other container can be given the same ids.
    const record = withIds();
    const made = record.volumes.filter((volume) => insertVolume(engine.store, newVolume(record, volume, now)));
    within?.(record);
    insertContainer(engine.store, record);
    return { record, volumes: made.map(({ name }) => name) };
  });
}

/** Whether a record is to be found after a reboot. One that removes itself is not there then; a volume of it is. */
export function survivesBoot({ spec, volumes }: ContainerRecord): boolean {
  return !spec.autoRemove || volumes.length > 0;
}

/** How the record gets its ids, to be called where it is recorded. */
async function idChoice(engine: Engine, defined: ContainerRecord): Promise<() => ContainerRecord> {
  const user = defined.spec.namespaces?.user;
  if (user?.mode !== "auto") return () => defined;
  const { chooseMaps, idsOfImage } = await import("./auto-ids.ts");
  const size = user.size ?? idsOfImage(engine, defined);
  return () => ({ ...defined, idMaps: chooseMaps(engine.store, user, size) });
}

/** A local image, as a container is defined by it. Throws as {@link findImage}. */
export function imageFor(engine: Engine, text: string): ResolvedImage {
  const { image, name } = findImage(engine, text);
  const config = parseImageConfig(image.config);
  return { id: image.id, name: name ?? text, chainId: image.chainId ?? "", config };
}

// A folder brings nothing but its files.
function imageOfRootfs({ path }: RootfsSpec): ResolvedImage {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new EstibaError("not_found", {
      reason: "container.no_rootfs",
      what: `--rootfs: "${path}" is no folder of this host`,
      fix: "name the folder that is to be the container's root",
    });
  }
  const { os, architecture } = hostPlatform();
  return {
    id: "",
    name: path,
    chainId: "",
    config: { os, architecture, process: emptyProcess(), diffIds: [], history: [] },
  };
}

function requireImage(engine: Engine, id: string, name: string): void {
  if (engine.store.query("SELECT 1 FROM image WHERE id = ?").get(id) !== null) return;
  throw new EstibaError("not_found", {
    reason: "image.removed_meanwhile",
    what: `the image "${name}" was removed meanwhile`,
    retryable: true,
    fix: `pull it again: estiba pull ${name}`,
  });
}

function newVolume(record: ContainerRecord, { name, anonymous }: UsedVolume, createdAt: number): VolumeRecord {
  const asked = record.mounts.find((mount) => mount.type === "volume" && mount.source === name);
  const { labels = {}, options } = asked?.type === "volume" ? asked : {};
  return { name, anonymous, createdAt, labels, ...(options === undefined ? {} : { options }) };
}
