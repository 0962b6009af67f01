import type { Engine } from "../../engine/engine.ts";
import { serveLocked } from "../door/serve.ts";
import type { ManagerIdentity } from "./identity.ts";
import type { KeyRing } from "./key-ring.ts";

const FAREWELL_MS = 50;

/** What a locked manager does: nothing but to wait for its unlock key. Its containers run on. Resolves with true when it has it, with false at the signal. */
export async function waitForKey(
  engine: Engine,
  identity: ManagerIdentity,
  { ring, signal }: { readonly ring: KeyRing; readonly signal: AbortSignal },
): Promise<boolean> {
  const over = new AbortController();
  const unlock = (unlockKey: string): void => {
    ring.unlock(unlockKey);
    // After the answer.
    setTimeout(() => over.abort(), FAREWELL_MS);
  };
  await serveLocked(engine, { identity, unlock }, AbortSignal.any([signal, over.signal]));
  return over.signal.aborted;
}
