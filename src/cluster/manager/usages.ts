import type { TaskUsage } from "../model/autoscale.ts";

/** What a node has told of a task is good for so long. */
const GOOD_MS = 15_000;

type Heard = { readonly nodeId: string; readonly usage: TaskUsage; readonly at: number };

/** What nodes have told of what tasks use; in memory only, of the manager that leads. */
export type Usages = {
  readonly hear: (nodeId: string, usages: readonly (readonly [string, TaskUsage])[]) => void;
  /** What is known of the tasks of a node that are still there. */
  readonly of: (tasks: Iterable<{ readonly id: string; readonly nodeId?: string }>) => Map<string, TaskUsage>;
  /** Forgets all that is old. */
  readonly forget: () => void;
};

export function makeUsages(): Usages {
  const heard = new Map<string, Heard>();
  const isGood = ({ at }: Heard): boolean => performance.now() - at < GOOD_MS;
  return {
    hear: (nodeId, usages) => {
      for (const [id, usage] of usages) heard.set(id, { nodeId, usage, at: performance.now() });
    },
    of: (tasks) =>
      new Map(
        [...tasks].flatMap(({ id, nodeId }) => {
          const known = heard.get(id);
          // Of another node's tasks nobody has to tell anything.
          return known !== undefined && known.nodeId === nodeId && isGood(known) ? [[id, known.usage] as const] : [];
        }),
      ),
    forget: () => {
      for (const [id, one] of heard) if (!isGood(one)) heard.delete(id);
    },
  };
}
