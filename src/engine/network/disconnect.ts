import { existsSync, rmSync } from "node:fs";
import { releaseLease } from "../../network/lease.ts";
import { networkRoot } from "../../network/root-id.ts";
import { listPublishedPorts } from "../../state/leases.ts";
import type { Engine } from "../engine.ts";
import { namesFile } from "../names/paths.ts";
import { joinersFolder } from "./joined.ts";

/** Gives back addresses and ports of a container that has ended. Idempotent. */
export async function disconnectNetwork(engine: Engine, id: string): Promise<void> {
  // No more names first: nobody is to be sent to an address that somebody else gets.
  rmSync(namesFile(engine, id), { force: true });
  if (existsSync(joinersFolder(engine, id))) (await import("./leave-joined.ts")).leaveJoined(engine, id);
  await detach(engine, id);
}

/** Its addresses alone, without loading what takes ports back, where it has none. */
export async function detach(engine: Engine, id: string): Promise<void> {
  if (listPublishedPorts(engine.live, id).length === 0) return releaseLease(engine.live, id);
  (await import("../../network/detach.ts")).detachEndpoint(networkRoot(engine.paths.runRoot), engine.live, id);
}
