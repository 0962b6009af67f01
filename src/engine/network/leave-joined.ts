import { hasEnded, isAlive } from "../../host/process.ts";
import { removeChild, removeEndpoint } from "../../network/endpoint.ts";
import { openNetns } from "../../network/netns.ts";
import type { ContainerRecord, ContainerState, EndpointState, ProcessId } from "../../state/container.ts";
import { containersNaming, getContainer, getState } from "../../state/containers.ts";
import { podMembers } from "../../state/pods.ts";
import { joinedContainer } from "../../state/spec/namespaces.ts";
import type { Engine } from "../engine.ts";
import { endpointsOf } from "./settle.ts";

/**
 * Takes the interfaces of a container that has ended away from those that stay in its network namespace, as both peers do: its addresses
 * are about to be anybody's. Idempotent; nothing happens where nobody is in there.
 */
export function leaveJoined(engine: Engine, id: string): void {
  const state = getState(engine.live, id);
  const owner = getContainer(engine.store, id);
  if (state === undefined || owner === undefined) return;
  const within = statesWithin(engine, owner);
  if (within.length === 0) return;
  for (const endpoint of endpointsOf(engine, state)) {
    removeEndpoint(id, endpoint.network);
    for (const { init } of within) if (init !== undefined) removeWithin(init, endpoint);
  }
}

/** The containers in the network namespace of another one, those that joined one of them among them, that have processes or soon will. */
function statesWithin(engine: Engine, owner: ContainerRecord): ContainerState[] {
  return joinersOf(engine, owner).flatMap((joiner) => {
    const state = getState(engine.live, joiner.id);
    const isThere = state?.status === "starting" || isAlive(state?.init);
    return [...(isThere && state !== undefined ? [state] : []), ...statesWithin(engine, joiner)];
  });
}

function joinersOf(engine: Engine, { id, spec }: ContainerRecord): ContainerRecord[] {
  // The members of a pod are found without looking through all containers.
  const pod = spec.pod?.infra === true ? spec.pod.id : undefined;
  const others = pod === undefined ? containersNaming(engine.store, id) : podMembers(engine.store, pod);
  return others.filter((other) => joinedContainer(other.spec.network) === id);
}

function removeWithin(init: ProcessId, { interfaceName }: EndpointState): void {
  try {
    using netns = openNetns(`/proc/${init.pid}/ns/net`);
    // Opened before it ended, or it would be anybody's.
    if (isAlive(init)) removeChild(netns, interfaceName);
  } catch (error) {
    if (!hasEnded(init)) throw error;
  }
}
