import { hasEnded } from "../../host/process.ts";
import { EstibaError, isEstibaError } from "../../lib/error.ts";
import { releaseLease } from "../../network/lease.ts";
import type { ContainerRecord } from "../../state/container.ts";
import { getState, replaceDefinition } from "../../state/containers.ts";
import { transaction } from "../../state/database.ts";
import { getNetwork, type NetworkRecord } from "../../state/networks.ts";
import type { NetworkAttachment } from "../../state/spec/network.ts";
import { emitEvent } from "../emit-event.ts";
import type { Engine } from "../engine.ts";
import { lockFound } from "../locks.ts";
import { nameGateways } from "../names/files.ts";
import { awaitNames } from "../names/wake.ts";
import { hasProcess, observe } from "../status.ts";
import { attachmentsOf, checkAttachments } from "./attachments.ts";
import { isGuest } from "./is-guest.ts";
import { networkOf } from "./plan.ts";
import { findAttachments, requireNetworks } from "./require.ts";
import { finishNetworks, settleEndpoints, takeMissingLeases } from "./settle.ts";

/**
 * Attaches a container to a network, at once where it has processes, else with its next start. Throws `not_found`, `conflict` where it is
 * attached already, `wrong_state` without a network of its own, and what taking addresses throws; then nothing has changed. Gives warnings.
 * A change that was cut off is brought to its end first; when that is the very one asked for, it is all there is to do.
 */
export async function connectNetwork(engine: Engine, nameOrId: string, asked: NetworkAttachment): Promise<string[]> {
  using held = await lockFound(engine, nameOrId);
  const { record: old } = held;
  const { id } = old;
  const network = await resolveAnywhere(engine, asked.network);
  requireOwnNetwork(old, nameOrId);
  const attachment = { ...asked, network: network.name };
  const finished = await finishNetworks(engine, id);
  const there = attachmentsOf(old).find((attached) => attached.network === network.name);
  if (there === undefined) await attach(engine, old, { network, attachment });
  else if (!finished.includes(network.name) || !Bun.deepEquals(there, attachment)) throw alreadyConnected(network, old);
  const state = getState(engine.live, id);
  if (isGuest({ network, attachment }) && state?.init !== undefined)
    await (await import("./guest.ts")).readyGuest(engine, id, {
      pid: state.init.pid,
      endpoints: state.endpoints ?? [],
    });
  const gateways = state?.endpoints === undefined ? [] : nameGateways(engine, state.endpoints);
  const warnings = gateways.length === 0 ? [] : await awaitNames(engine, gateways);
  emit(engine, "connect", { network, container: old });
  return warnings;
}

/**
 * Takes a container off a network; without its last one it is alone. Throws `not_found`, also where it is not attached; `wrong_state`
 * without a network of its own. Where it has been taken off in part, the rest is done.
 */
export async function disconnectFromNetwork(engine: Engine, nameOrId: string, networkName: string): Promise<void> {
  using held = await lockFound(engine, nameOrId);
  const { record: old } = held;
  const network = resolve(engine, networkName);
  requireOwnNetwork(old, nameOrId);
  const left = attachmentsOf(old).filter((attachment) => attachment.network !== network.name);
  if (left.length < attachmentsOf(old).length) change(engine, old, left);
  else if (!(await finishNetworks(engine, old.id)).includes(network.name)) {
    throw new EstibaError("not_found", {
      reason: "network.not_connected",
      what: `container ${old.name} is not connected to network "${network.name}"`,
      fix: `see: estiba inspect --format '{{.NetworkSettings.Networks}}' ${old.name}`,
    });
  }
  emit(engine, "disconnect", { network, container: old });
}

type Attaching = { readonly network: NetworkRecord; readonly attachment: NetworkAttachment };

async function attach(engine: Engine, old: ContainerRecord, { network, attachment }: Attaching): Promise<void> {
  const attachments = [...attachmentsOf(old), attachment];
  checkAttachments(attachments);
  using undo = new DisposableStack();
  if (hasProcess(observe(engine, old))) {
    await takeMissingLeases(engine, old, [attachment]);
    if (isGuest({ network, attachment })) undo.defer(() => releaseLease(engine.live, old.id, network.id));
  }
  change(engine, old, attachments);
  undo.move();
}

function alreadyConnected(network: NetworkRecord, { name }: ContainerRecord): EstibaError {
  return new EstibaError("conflict", {
    reason: "network.already_connected",
    what: `container ${name} is already connected to network "${network.name}": network is already connected`,
    fix: `estiba network disconnect ${network.name} ${name}`,
  });
}

// One of the cluster's may not be here yet.
async function resolveAnywhere(engine: Engine, name: string): Promise<NetworkRecord> {
  if (isDefault(name)) return resolve(engine, name);
  const [found] = await findAttachments(engine, [{ network: name }]);
  return resolve(engine, found?.network ?? name);
}

function resolve(engine: Engine, name: string): NetworkRecord {
  return isDefault(name) ? networkOf(engine, "bridge") : getNetwork(engine.store, name);
}

function isDefault(name: string): boolean {
  return name === "bridge" || name === "podman" || name === "default";
}

// The definition first: whoever is killed after that leaves what `system check --repair` brings to its end.
function change(engine: Engine, old: ContainerRecord, networks: readonly NetworkAttachment[]): void {
  const record: ContainerRecord = { ...old, spec: { ...old.spec, networks } };
  const observed = observe(engine, old);
  transaction(engine.store, () => {
    requireNetworks(engine, networks);
    replaceDefinition(engine.store, record);
  });
  if (!hasProcess(observed) || observed.state === undefined) return;
  try {
    settleEndpoints(engine, record, observed.state);
  } catch (error) {
    // It has ended meanwhile, whatever that came to be told as: its next start heeds the definition.
    if (hasEnded(observed.state.init)) return;
    transaction(engine.store, () => replaceDefinition(engine.store, withNetworks(old)));
    const state = getState(engine.live, old.id);
    // What cannot be taken back either is told by `system check`; the first reason is the one to know.
    if (state !== undefined && isEstibaError(error)) settleEndpoints(engine, withNetworks(old), state);
    throw error;
  }
}

// By name, so that endpoints that are written down by name belong to it.
function withNetworks(record: ContainerRecord): ContainerRecord {
  return { ...record, spec: { ...record.spec, networks: attachmentsOf(record) } };
}

function requireOwnNetwork({ spec }: ContainerRecord, name: string): void {
  if (spec.network === "bridge") return;
  throw new EstibaError("wrong_state", {
    reason: "network.not_bridge",
    what: `container ${name} is in the network mode "${spec.network}": "${spec.network}" is not supported: invalid network mode`,
    fix: "make it with --network bridge, or with a network by name",
  });
}

type Joined = { readonly network: NetworkRecord; readonly container: ContainerRecord };

function emit(engine: Engine, action: "connect" | "disconnect", { network, container }: Joined): void {
  const attributes = { container: container.id, name: network.name, type: network.driver };
  emitEvent(engine, { type: "network", action, id: network.id, name: network.name, attributes });
}
