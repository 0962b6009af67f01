import type { Engine } from "../../engine/engine.ts";
import { isEstibaError } from "../../lib/error.ts";
import { logDebug } from "../../lib/log.ts";
import { pause } from "../../lib/pause.ts";
import { runAgent } from "../agent/agent.ts";
import type { Standing } from "../manager/dispatch.ts";
import { callBack } from "../reach/call-back.ts";
import { remoteUpstream } from "../remote/upstream.ts";
import type { Promoted } from "../remote/wire.ts";
import { ownTrust, readCredentials } from "./credentials.ts";
import { describeNode } from "./describe.ts";
import { type WorkerIdentity, writeIdentity } from "./identity.ts";
import type { KeyRing } from "./key-ring.ts";
import { makeRenewal } from "./renewal.ts";
import { becomeManager } from "./roles.ts";
import { nodeSession } from "./session.ts";

const ASK_AGAIN_MS = 2_000;
/** So many addresses of managers that there were are kept. */
const MOST_FORMER = 16;

type Running = {
  readonly version: string;
  readonly tasks: () => Promise<string>;
  readonly ring: KeyRing;
  readonly signal: AbortSignal;
  /** Has the node begin anew as what it is then. */
  readonly change: () => void;
};

/** The parts of a worker's process. */
export function workerParts(
  engine: Engine,
  identity: WorkerIdentity,
  { version, tasks, ring, signal, change }: Running,
): (() => Promise<void>)[] {
  const promoted = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => promoted.resolve(), { once: true });
  const known = { managers: identity.managers, formerManagers: identity.formerManagers ?? [] };
  const renewal = makeRenewal(engine);
  const upstream = remoteUpstream({
    session: nodeSession(engine),
    known: () => known,
    credentials: () => readCredentials(engine),
    description: describeNode("", version),
    trust: () => ownTrust(engine),
    stand: ({ role, managers, trust }: Standing) => {
      if (role === "manager") promoted.resolve();
      renewal.want(trust);
      if (managers.length === 0 || managers.join() === known.managers.join()) return;
      const before = new Set([...known.managers, ...known.formerManagers]).difference(new Set(managers));
      Object.assign(known, { managers, formerManagers: [...before].slice(0, MOST_FORMER) });
      writeIdentity(engine, { ...identity, ...known });
    },
    callBack: (call) => void callBack(call, { credentials: async () => readCredentials(engine), tasks, signal }),
  });
  return [
    async () => await runAgent(engine, upstream, signal),
    async () => await upstream.stayInTouch(signal),
    async () => await renewal.keep(upstream, signal),
    async () => {
      await promoted.promise;
      await tryOn(signal, ASK_AGAIN_MS, async () => {
        const promotion = (await upstream.ask("/promotion", {}, signal)) as Promoted;
        await becomeManager(engine, identity, { ...promotion, ring });
        return true;
      });
      if (!signal.aborted) change();
    },
  ];
}

/** Tries something until it has been done, or the signal: managers may be away. */
async function tryOn(signal: AbortSignal, pauseMs: number, work: () => Promise<boolean>): Promise<void> {
  while (!signal.aborted) {
    try {
      if (await work()) return;
    } catch (error) {
      if (!isEstibaError(error)) throw error;
      logDebug(() => `it is tried again: ${error.message}`);
    }
    await pause(pauseMs, signal);
  }
}
