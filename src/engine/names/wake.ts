import { readFileSync } from "node:fs";
import { isAlive } from "../../host/process.ts";
import { hasCode } from "../../lib/has-code.ts";
import type { ProcessId } from "../../state/container.ts";
import { isLocked } from "../../state/lock.ts";
import type { Engine } from "../engine.ts";
import { startHelper } from "../helper-process.ts";
import { listeningFile, namesLock } from "./paths.ts";

/** Which process answers names, where it does, and where it cannot, with the reason. */
export type Listening = {
  readonly process: ProcessId;
  readonly served: readonly string[];
  readonly failed: Readonly<Record<string, string>>;
};

const PATIENCE_MS = 5_000;
const PAUSE_MS = 4;
const START_AGAIN_MS = 1_000;

/** Starts the resolver unless one runs. A second one that was started at the same moment finds the first, and ends. */
export function reviveNames(engine: Engine): void {
  if (isLocked(namesLock(engine))) return;
  startHelper(engine, ["system", "names"]);
}

/** What the resolver has written down; undefined where none has, or the one that has is gone. */
export function readListening(engine: Engine): Listening | undefined {
  try {
    const listening = JSON.parse(readFileSync(listeningFile(engine), "utf8")) as Listening;
    return isAlive(listening.process) ? listening : undefined;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/**
 * Waits until names are answered at the addresses, starting the resolver where it does not run. Gives warnings for those where they will
 * not be: a container without names is better than none.
 */
export async function awaitNames(engine: Engine, addresses: readonly string[]): Promise<string[]> {
  const deadline = performance.now() + PATIENCE_MS;
  let startAt = 0;
  for (;;) {
    const listening = readListening(engine);
    const left = addresses.filter((address) => listening?.served.includes(address) !== true);
    const failed = left.filter((address) => listening?.failed[address] !== undefined);
    if (left.length === failed.length)
      return failed.map((address) => `names are not answered at ${address}: ${listening?.failed[address]}`);
    if (performance.now() > deadline) return left.map((address) => `names are not answered at ${address} yet`);
    if (listening === undefined && performance.now() > startAt) {
      reviveNames(engine);
      startAt = performance.now() + START_AGAIN_MS;
    }
    await Bun.sleep(PAUSE_MS);
  }
}
