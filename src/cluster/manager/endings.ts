/**
 * Tasks that have ended by what their nodes say, from the moment when they say it: nobody is led to them any more while that is still being
 * written down.
 */
export type Endings = {
  readonly has: (taskId: string) => boolean;
  /** Greater after each that is added. */
  readonly version: () => number;
  readonly add: (taskId: string) => void;
  /** It is written down, or nobody will do so. */
  readonly forget: (taskId: string) => void;
  readonly onNew: (told: () => void) => Disposable;
};

export function makeEndings(): Endings {
  const ended = new Set<string>();
  const listeners = new Set<() => void>();
  const count = { added: 0 };
  return {
    has: (taskId) => ended.has(taskId),
    version: () => count.added,
    add: (taskId) => {
      if (ended.has(taskId)) return;
      ended.add(taskId);
      count.added += 1;
      for (const listener of listeners) listener();
    },
    forget: (taskId) => void ended.delete(taskId),
    onNew: (told) => {
      listeners.add(told);
      return { [Symbol.dispose]: () => listeners.delete(told) };
    },
  };
}
