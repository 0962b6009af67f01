import type { Engine } from "../../engine/engine.ts";
import { isEstibaError } from "../../lib/error.ts";
import { pause } from "../../lib/pause.ts";
import { runAgent } from "../agent/agent.ts";
import { remoteUpstream } from "../remote/upstream.ts";
import { readCredentials, renewWhenDue } from "./credentials.ts";
import { describeNode } from "./describe.ts";
import type { WorkerIdentity } from "./identity.ts";

const LOOK_FOR_RENEWAL_MS = 600_000;

/** The parts of a worker's process. */
export function workerParts(
  engine: Engine,
  { managers }: WorkerIdentity,
  { version, signal }: { readonly version: string; readonly signal: AbortSignal },
): (() => Promise<void>)[] {
  const upstream = remoteUpstream({
    managers,
    credentials: () => readCredentials(engine),
    description: describeNode("", version),
  });
  return [
    async () => await runAgent(engine, upstream, signal),
    async () => await upstream.stayInTouch(signal),
    async () => {
      while (!signal.aborted) {
        try {
          await renewWhenDue(engine, managers[0] ?? "", Date.now());
        } catch (error) {
          // There is half of its time left to try it again.
          if (!isEstibaError(error)) throw error;
        }
        await pause(LOOK_FOR_RENEWAL_MS, signal);
      }
    },
  ];
}
