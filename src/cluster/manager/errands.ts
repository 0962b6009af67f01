import { EstibaError } from "../../lib/error.ts";
import { pause } from "../../lib/pause.ts";
import { newId } from "./ids.ts";

/** Logs that a node is asked for: of the containers with a label. */
export type LogWish = { readonly label: string; readonly follow: boolean; readonly tail?: number | undefined };

export type Errand = LogWish & { readonly id: string };

/** What containers of tasks have printed, as it travels: the text in base64. */
export type LogPiece = {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly entries: readonly (readonly [time: string, stream: "stdout" | "stderr", partial: boolean, text: string])[];
};

/** What a node brings at once; the last has nothing after it. */
export type Brought = { readonly pieces: readonly LogPiece[]; readonly last: boolean };

type Open = {
  readonly nodeId: string;
  pieces: LogPiece[];
  last: boolean;
  readAt: number;
  heardAt: number;
  ring: () => void;
};

/** Errands of nodes that are in touch with this manager, while somebody waits for what they bring. */
export type Errands = {
  /** Has a node go; throws `unavailable` when it is not in touch with this manager. */
  readonly begin: (nodeId: string, wish: LogWish) => { id: string };
  /** Those of a node that it was not told of; `ring` is called when there is another one. */
  readonly listen: (nodeId: string, ring: () => void) => Disposable & { readonly take: () => Errand[] };
  /** False when nobody waits for it any more. */
  readonly bring: (nodeId: string, report: Brought & { readonly id: string }, signal: AbortSignal) => Promise<boolean>;
  /** What has been brought since the last time, as soon as there is something, or after a while. Throws `unavailable` when its node is silent. */
  readonly read: (id: string, signal: AbortSignal) => Promise<Brought>;
  readonly end: (id: string) => void;
};

const READER_GONE_MS = 10_000;
const LONGEST_READ_MS = 2_000;
const NODE_SILENT_MS = 5_000;
const LOOK_MS = 50;
/** A node waits when this many pieces were not read yet. */
const ENOUGH = 64;

export function makeErrands(): Errands {
  const open = new Map<string, Open>();
  const listeners = new Map<string, { readonly ring: () => void; readonly untold: Errand[] }>();
  const isWaitedFor = (id: string): boolean => {
    const found = open.get(id);
    if (found !== undefined && Date.now() - found.readAt > READER_GONE_MS) open.delete(id);
    return open.has(id);
  };
  // It says at least every few seconds that it goes on.
  const isSilent = ({ nodeId, heardAt }: Open): boolean =>
    !listeners.has(nodeId) || Date.now() - heardAt > NODE_SILENT_MS;
  return {
    begin: (nodeId, wish) => {
      const listener = listeners.get(nodeId);
      if (listener === undefined) throw notInTouch(nodeId);
      const id = newId();
      open.set(id, { nodeId, pieces: [], last: false, readAt: Date.now(), heardAt: Date.now(), ring: () => undefined });
      listener.untold.push({ ...wish, id });
      listener.ring();
      return { id };
    },
    listen: (nodeId, ring) => {
      const listener = { ring, untold: [] as Errand[] };
      listeners.set(nodeId, listener);
      return {
        take: () => listener.untold.splice(0),
        [Symbol.dispose]: () => {
          if (listeners.get(nodeId) === listener) listeners.delete(nodeId);
        },
      };
    },
    bring: async (nodeId, { id, pieces, last }, signal) => {
      const found = open.get(id);
      if (found === undefined || found.nodeId !== nodeId || !isWaitedFor(id)) return false;
      found.pieces.push(...pieces);
      found.last = last;
      found.heardAt = Date.now();
      found.ring();
      while (found.pieces.length > ENOUGH && isWaitedFor(id) && !signal.aborted) await pause(LOOK_MS, signal);
      return isWaitedFor(id);
    },
    read: async (id, signal) => {
      const found = open.get(id);
      if (found === undefined) throw noErrand();
      found.readAt = Date.now();
      if (found.pieces.length === 0 && !found.last) {
        const news = Promise.withResolvers<void>();
        found.ring = news.resolve;
        await Promise.race([news.promise, pause(LONGEST_READ_MS, signal)]);
      }
      if (found.pieces.length === 0 && !found.last && isSilent(found)) {
        open.delete(id);
        throw notInTouch(found.nodeId);
      }
      const pieces = found.pieces.splice(0);
      if (found.last) open.delete(id);
      return { pieces, last: found.last };
    },
    end: (id) => void open.delete(id),
  };
}

export function notInTouch(nodeId: string): EstibaError {
  return new EstibaError("unavailable", {
    reason: "cluster.node_away",
    what: `node ${nodeId} is not in touch with this manager`,
    fix: "see whether it runs: estiba node ls",
    retryable: true,
  });
}

function noErrand(): EstibaError {
  return new EstibaError("not_found", {
    reason: "cluster.no_errand",
    what: "nobody brings this any more: the manager was started anew meanwhile",
    fix: "try it again",
    retryable: true,
  });
}
