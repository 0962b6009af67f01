import { EstibaError, isEstibaError } from "../../lib/error.ts";
import { pause } from "../../lib/pause.ts";
import type { Node } from "../model/node.ts";
import type { Manager } from "./manager.ts";
import { setNodeStates } from "./nodes.ts";

/** So often a node is to be heard of, and after so long it is given up. */
export const HEARTBEAT_MS = 1_000;
const SILENCE_MS = 4_000;
const LOOK_MS = 250;
/** A leader that is new is busy for so long with each node that comes. */
const WELCOME_MS = 20;

type Session = { readonly session: string | undefined; heardAt: number };

/** When nodes were last heard of; in memory only: what is written down is whether they are there. */
export type Liveness = {
  /**
   * Is told that a node was heard of; without a session one that joins, whose first is to come. Throws `conflict` when another process with
   * the same identity is heard of, too.
   */
  readonly hear: (nodeId: string, session?: string) => void;
  /** Forgets when a node was heard of. */
  readonly forget: (nodeId: string) => void;
  /** Writes down, as long as the term lasts, which nodes are gone and which are back. */
  readonly watch: (manager: Manager, signal: AbortSignal) => Promise<void>;
};

export function makeLiveness(): Liveness {
  const sessions = new Map<string, Session>();
  // The clock of the machine may be set; this one is not.
  const isHeard = (nodeId: string): boolean =>
    performance.now() - (sessions.get(nodeId)?.heardAt ?? Number.NEGATIVE_INFINITY) < SILENCE_MS;
  return {
    hear: (nodeId, session) => {
      const known = sessions.get(nodeId);
      if (known?.session !== undefined && known.session !== session && isHeard(nodeId)) throw twice(nodeId);
      sessions.set(nodeId, { session, heardAt: performance.now() });
    },
    forget: (nodeId) => void sessions.delete(nodeId),
    watch: async (manager, signal) => {
      // A leader that is new waits as long for nodes as any, and for as many as there are to come in.
      const since = performance.now();
      const areDue = (): boolean => performance.now() - since >= SILENCE_MS + WELCOME_MS * manager.replica.nodes.size;
      while (!signal.aborted) {
        const changed = new Map<string, Node["state"]>();
        for (const { id, state } of manager.replica.nodes.values()) {
          const isThere = id === manager.nodeId || isHeard(id);
          if (isThere !== (state === "ready") && (isThere || areDue())) changed.set(id, isThere ? "ready" : "down");
        }
        await writeStates(manager, changed);
        await pause(LOOK_MS, signal);
      }
    },
  };
}

async function writeStates(manager: Manager, states: ReadonlyMap<string, Node["state"]>): Promise<void> {
  try {
    await setNodeStates(manager, states);
  } catch (error) {
    // One was removed meanwhile, or the store is out of reach, or full: the next look is soon.
    if (!isEstibaError(error, "not_found", "unavailable", "exhausted")) throw error;
  }
}

function twice(nodeId: string): EstibaError {
  return new EstibaError("conflict", {
    reason: "cluster.same_identity",
    what: `another machine is node ${nodeId} already: its data was copied here`,
    fix: "have this one leave and join anew: estiba swarm leave --force, estiba swarm join",
  });
}
