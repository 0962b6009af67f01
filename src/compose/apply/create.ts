import { createContainer } from "../../engine/create.ts";
import { lookUpImage } from "../../engine/find-image.ts";
import { removeContainer } from "../../engine/remove.ts";
import { renameContainer } from "../../engine/rename.ts";
import { EstibaError, isEstibaError } from "../../lib/error.ts";
import type { ContainerRecord } from "../../state/container.ts";
import type { MountSpec } from "../../state/spec/mounts.ts";
import { temporaryName } from "../plan/cut-off.ts";
import { containerPart } from "../plan/hash.ts";
import { imageOf, LABELS, portGroup } from "../plan/names.ts";
import type { ObservedVolumeUse } from "../plan/observed.ts";
import { joinedService, volumeProviders } from "../plan/order.ts";
import { replicaName } from "../plan/replica.ts";
import type { Action } from "../plan/step.ts";
import type { Service } from "../service.ts";
import { containerSpecOf } from "../spec/container-spec.ts";
import { refuseAttribute } from "../spec/context.ts";
import { copiedFiles } from "../spec/files.ts";
import { type Applying, contextOf } from "./applying.ts";
import { stopWithHooks } from "./stop.ts";
import { takeOver } from "./take-over.ts";

type Create = Extract<Action, { kind: "create" }>;

/**
 * Makes a service's container. One that takes another's place is made under a temporary name first: only when it is there the old one is
 * stopped and removed, and hands over name and anonymous volumes. Killed in between, the next `up` goes on from what it finds.
 */
export async function createReplica(applying: Applying, action: Create, signal: AbortSignal): Promise<ContainerRecord> {
  const { engine } = applying;
  const { replaces, name } = action;
  await keepFiles(applying, action.service);
  if (replaces === undefined) return await define(applying, action, {});
  const record = await define(
    applying,
    { ...action, name: temporaryName(replaces.id, name) },
    { [LABELS.replace]: replaces.id },
  );
  signal.throwIfAborted();
  if (replaces.startFirst === true) await takeOver(applying, record, { action, old: replaces.id, signal });
  else if (replaces.running) await stopWithHooks(applying, { id: replaces.id, service: action.service }, signal);
  await removeOld(applying, replaces.id);
  return await renameContainer(engine, record.id, name);
}

/** Ends a replacement that was cut off after the new container had begun to serve. */
export async function finishReplica(
  applying: Applying,
  { id, name, old, service, sharesPorts }: Extract<Action, { kind: "take-over" }>,
  signal: AbortSignal,
): Promise<void> {
  const { handOver } = await import("./take-over.ts");
  const { prepareShift } = await import("../../engine/network/shift-names.ts");
  await prepareShift(applying.engine, { into: id, outOf: old });
  await handOver(applying, { id, old, service, sharesPorts, signal });
  await removeOld(applying, old);
  await renameContainer(applying.engine, id, name);
}

/** Texts that are copied into the container are secrets of the engine, of the newest version; `down` takes them away. */
export async function keepFiles({ engine, loaded }: Applying, service: string): Promise<void> {
  const files = copiedFiles(loaded, loaded.project.services[service] as Service);
  if (files.length === 0) return;
  const { createSecret } = await import("../../engine/secret/create.ts");
  for (const { name, data, labels: own } of files) {
    const labels = { ...own, [LABELS.project]: loaded.project.name };
    await createSecret(engine, { name, data, labels, existing: "replace" });
  }
}

async function removeOld({ engine }: Applying, id: string): Promise<void> {
  try {
    await removeContainer(engine, id, { force: true, volumes: false });
  } catch (error) {
    // Somebody was quicker.
    if (!isEstibaError(error, "not_found")) throw error;
  }
}

async function define(
  applying: Applying,
  action: Create,
  labels: Readonly<Record<string, string>>,
): Promise<ContainerRecord> {
  const { engine, hashes, naming } = applying;
  const context = contextOf(applying, action.service);
  requireLenders(applying, action.service);
  const spec = containerSpecOf(context, {
    name: action.name,
    number: action.number,
    oneOff: false,
    hash: hashes[action.service] ?? "",
    imageId: lookUpImage(engine, imageOf(naming, action.service, context.service))?.image.id,
    share: action.sharesPorts
      ? {
          group: portGroup(naming, action.service),
          ...(action.replaces?.startFirst === true ? { standby: true } : {}),
        }
      : undefined,
    inherited: new Set(action.inherits.map(({ target }) => target)),
    labels: { ...applying.labels, ...labels },
  });
  const provided = Object.keys(context.service.depends_on ?? {}).flatMap((other) => applying.provided.get(other) ?? []);
  const standby = action.replaces?.startFirst === true ? { standbyNames: true } : {};
  const made = { ...spec, ...standby, env: [...provided, ...spec.env], origin: containerPart(context.service) };
  try {
    return await createContainer(engine, made, { brought: inheritedMounts(action.inherits) });
  } catch (error) {
    const unchecked = isEstibaError(error, "invalid") && error.reason === "container.no_health_command";
    if (!unchecked || made.healthcheck?.onFailure === undefined) throw error;
    throw refuseAttribute(context, {
      path: ["x-estiba", "restart_unhealthy"],
      why: "neither the service nor its image has a health check",
      fix: "give the service a healthcheck:",
    });
  }
}

function inheritedMounts(volumes: readonly ObservedVolumeUse[]) {
  if (volumes.length === 0) return undefined;
  const mounts = volumes.map(
    ({ name, target }): MountSpec => ({ type: "volume", source: name, target, readOnly: false, copy: true }),
  );
  return { mounts, anonymous: new Set(volumes.map(({ name }) => name)) };
}

/** Those whose namespaces and volumes it uses must be there, in docker compose's words. */
function requireLenders(applying: Applying, name: string): void {
  const { service, naming, loaded } = contextOf(applying, name);
  const there = (other: string): boolean => {
    const container = replicaName(naming, loaded.project, { name: other, number: 1 });
    return applying.engine.store.query("SELECT 1 FROM container WHERE name = ?").get(container) !== null;
  };
  const kinds = { network: service.network_mode, ipc: service.ipc, pid: service.pid, uts: service.uts };
  for (const [kind, mode] of Object.entries(kinds)) {
    const other = joinedService(mode);
    if (other !== undefined && !there(other)) throw missing(`cannot share ${kind} namespace with service ${other}`);
  }
  for (const other of volumeProviders(service))
    if (!there(other)) throw missing(`cannot share volume with service ${other}`);
}

function missing(what: string): EstibaError {
  return new EstibaError("not_found", {
    reason: "compose.container_missing",
    what: `${what}: container missing`,
    fix: "leave out --no-deps, so that it is made first",
  });
}
