import { isEstibaError } from "../../lib/error.ts";
import type { ContainerRecord } from "../../state/container.ts";
import type { PodRecord } from "../../state/pod.ts";
import { dependenciesOf } from "../namespaces.ts";

/** A member on which a verb has failed. */
export type MemberFailure = { readonly member: ContainerRecord; readonly error: unknown };

/** What a verb did to a pod. */
export type PodOutcome = {
  readonly pod: PodRecord;
  readonly failures: readonly MemberFailure[];
  readonly warnings: readonly string[];
};

/** How many members of a pod are worked on at once. */
const AT_ONCE = 4;

/**
 * Does something to every member, each after those that it depends on, or with `reverse` after those that depend on it; several at once
 * where nothing is in the way. A failure does not keep the others from it. Who has removed itself meanwhile is no failure.
 */
export async function forEachMember(
  members: readonly ContainerRecord[],
  work: (member: ContainerRecord) => Promise<unknown>,
  { reverse = false }: { reverse?: boolean } = {},
): Promise<MemberFailure[]> {
  const failures: MemberFailure[] = [];
  for (const wave of wavesOf(members, reverse)) {
    let next = 0;
    const runner = async (): Promise<void> => {
      for (let member = wave[next++]; member !== undefined; member = wave[next++]) {
        try {
          await work(member);
        } catch (error) {
          // Other things that are not found, such as its command, are failures.
          if (!isEstibaError(error, "not_found") || error.reason !== "container.unknown")
            failures.push({ member, error });
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, wave.length) }, runner));
  }
  return failures;
}

/** The members in waves: each depends only on those of earlier ones. A circle, which no creation allows, ends up in the last one. */
export function wavesOf(members: readonly ContainerRecord[], reverse: boolean): ContainerRecord[][] {
  const waves: ContainerRecord[][] = [];
  let left = [...members];
  while (left.length > 0) {
    const ids = new Set(left.map(({ id }) => id));
    const ready = left.filter((member) => !dependenciesOf(member).some((id) => ids.has(id)));
    const wave = ready.length === 0 ? left : ready;
    waves.push(wave);
    left = left.filter((member) => !wave.includes(member));
  }
  return reverse ? waves.toReversed() : waves;
}
