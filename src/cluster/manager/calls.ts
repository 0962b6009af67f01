import type { Duplex } from "node:stream";
import { EstibaError } from "../../lib/error.ts";

/** That a node is to call a manager back: where, and by what the call is known there. Nodes listen nowhere, managers do. */
export type Call = { readonly id: string; readonly at: string };

/** What a node is told to call back for, and who waits for such a call. */
export type Calls = {
  /** Has a node call; false when it is not in touch with this manager. */
  readonly ask: (nodeId: string, call: Call) => boolean;
  /** What a node was not told yet; `ring` is called when there is more. */
  readonly listen: (nodeId: string, ring: () => void) => Disposable & { readonly take: () => Call[] };
  /** Waits for a node's call, until it is disposed. */
  readonly expect: (nodeId: string, id: string) => Disposable & { readonly came: Promise<Duplex> };
  /** Who waits for this call of a node: takes its connection. Undefined when nobody does. */
  readonly waiting: (nodeId: string, id: string) => ((connection: Duplex) => void) | undefined;
};

export function makeCalls(): Calls {
  const listeners = new Map<string, { readonly ring: () => void; readonly untold: Call[] }>();
  const expected = new Map<string, { readonly nodeId: string; readonly hand: (connection: Duplex) => void }>();
  return {
    ask: (nodeId, call) => {
      const listener = listeners.get(nodeId);
      listener?.untold.push(call);
      listener?.ring();
      return listener !== undefined;
    },
    listen: (nodeId, ring) => {
      const listener = { ring, untold: [] as Call[] };
      listeners.set(nodeId, listener);
      return {
        take: () => listener.untold.splice(0),
        [Symbol.dispose]: () => {
          if (listeners.get(nodeId) === listener) listeners.delete(nodeId);
        },
      };
    },
    expect: (nodeId, id) => {
      const { promise, resolve } = Promise.withResolvers<Duplex>();
      expected.set(id, {
        nodeId,
        hand: (connection) => {
          expected.delete(id);
          resolve(connection);
        },
      });
      return { came: promise, [Symbol.dispose]: () => void expected.delete(id) };
    },
    waiting: (nodeId, id) => {
      const waiting = expected.get(id);
      return waiting?.nodeId === nodeId ? waiting.hand : undefined;
    },
  };
}

/** The error for a node that cannot be reached now. */
export function notInTouch(name: string, why?: string): EstibaError {
  return new EstibaError("unavailable", {
    reason: "cluster.node_away",
    what: `node ${name} is not in touch with this manager`,
    ...(why === undefined ? {} : { cause: why }),
    fix: "see whether it runs: estiba node ls",
    retryable: true,
  });
}
