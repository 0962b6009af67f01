import { LABELS } from "./names.ts";
import type { ObservedContainer, ObservedState } from "./observed.ts";
import type { Step } from "./step.ts";

/** The name a container has until the one whose place it takes is gone. */
export function temporaryName(replacedId: string, name: string): string {
  return `${replacedId.slice(0, 12)}_${name}`;
}

/**
 * What an `up` that was killed while it replaced containers has left: a replacement whose predecessor is there is taken away, as if it had
 * never been made, unless it has begun to serve in its place: then it goes on with that. One whose predecessor is gone gets its name. Gives
 * the steps, and the world as it is after them.
 */
export function settleCutOff(world: ObservedState): { steps: Step[]; observed: ObservedState } {
  const ids = new Set(world.containers.map(({ id }) => id));
  const steps: Step[] = [];
  const containers: ObservedContainer[] = [];
  const replacedNow = new Set<string>();
  for (const container of world.containers) {
    const replaced = container.labels[LABELS.replace];
    const prefix = replaced === undefined ? undefined : temporaryName(replaced, "");
    if (replaced === undefined || prefix === undefined || !container.name.startsWith(prefix)) {
      containers.push(container);
      continue;
    }
    const { id } = container;
    const name = container.name.slice(prefix.length);
    if (ids.has(replaced) && container.hasTakenOver === true) {
      const { service, sharesPorts } = container;
      const action = { kind: "take-over", id, name, old: replaced, service, sharesPorts } as const;
      steps.push({ id: `cut-off:${id}`, after: [], action });
      replacedNow.add(replaced);
      containers.push({ ...container, name });
      continue;
    }
    if (ids.has(replaced)) {
      steps.push({
        id: `cut-off:${id}`,
        after: [],
        action: { kind: "remove", id, name: container.name, volumes: false },
      });
      continue;
    }
    steps.push({ id: `cut-off:${id}`, after: [], action: { kind: "rename", id, name } });
    containers.push({ ...container, name });
  }
  return { steps, observed: { ...world, containers: containers.filter(({ id }) => !replacedNow.has(id)) } };
}
