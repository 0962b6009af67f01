import { folderNames } from "../../host/folder-names.ts";
import { hasEnded, isAlive } from "../../host/process.ts";
import { removeChild, removeEndpoint } from "../../network/endpoint.ts";
import { openNetns } from "../../network/netns.ts";
import type { EndpointState, ProcessId } from "../../state/container.ts";
import { getState } from "../../state/containers.ts";
import type { Engine } from "../engine.ts";
import { joinersFolder } from "./joined.ts";
import { endpointsOf } from "./settle.ts";

/**
 * Takes the interfaces of a container that has ended away from those that stay in its network namespace, as both peers do: its addresses
 * are about to be anybody's. Idempotent; nothing happens where nobody is in there.
 */
export function leaveJoined(engine: Engine, id: string): void {
  const state = getState(engine.live, id);
  // One that has no process yet will soon have one in there.
  const within = folderNames(joinersFolder(engine, id))
    .flatMap((joiner) => getState(engine.live, joiner) ?? [])
    .filter(({ status, init }) => status === "starting" || isAlive(init));
  if (state === undefined || within.length === 0) return;
  for (const endpoint of endpointsOf(engine, state)) {
    removeEndpoint(id, endpoint.network);
    for (const { init } of within) if (init !== undefined) removeWithin(init, endpoint);
  }
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
