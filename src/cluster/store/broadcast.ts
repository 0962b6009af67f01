import { compacted } from "./compacted.ts";
import type { Changes } from "./contract.ts";

/** Who is so far behind begins anew. */
const LONGEST_QUEUE = 10_000;

type Follower = { readonly prefix: string; readonly queue: Changes[]; wake: () => void };

type Following = {
  readonly prefix: string;
  readonly from: number;
  readonly signal: AbortSignal;
  /** What was changed before: read once the follower is one. */
  readonly earlier: () => readonly Changes[];
};

/** Tells all who follow, in this process, what commits have changed. */
export class Broadcast {
  readonly #followers = new Set<Follower>();

  tell({ revision, changes }: Changes): void {
    for (const follower of this.#followers) {
      const theirs = changes.filter((change) => keyOf(change).startsWith(follower.prefix));
      if (theirs.length === 0) continue;
      follower.queue.push({ revision, changes: theirs });
      follower.wake();
    }
  }

  /** Ends all following. */
  close(): void {
    for (const follower of this.#followers) {
      this.#followers.delete(follower);
      follower.wake();
    }
  }

  async *follow({ prefix, from, signal, earlier }: Following): AsyncGenerator<Changes> {
    const follower: Follower = { prefix, queue: [], wake: () => undefined };
    this.#followers.add(follower);
    const wake = (): void => follower.wake();
    signal.addEventListener("abort", wake, { once: true });
    try {
      // No commit comes between: both are done without a pause.
      follower.queue.unshift(...earlier());
      while (!signal.aborted && this.#followers.has(follower)) {
        const next = follower.queue.shift();
        if (follower.queue.length > LONGEST_QUEUE) throw compacted(from);
        if (next !== undefined) {
          if (next.revision >= from) yield next;
        } else await new Promise<void>((resolve) => (follower.wake = resolve));
      }
    } finally {
      signal.removeEventListener("abort", wake);
      this.#followers.delete(follower);
    }
  }
}

function keyOf(change: Changes["changes"][number]): string {
  return change.kind === "put" ? change.entry.key : change.key;
}
