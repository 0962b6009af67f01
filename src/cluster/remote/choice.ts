import { isEstibaError } from "../../lib/error.ts";

/** After so long without an answer of any manager, those are asked that there were before. */
const LAST_RESORT_MS = 10_000;

/** `HOST:PORT` of managers, and of those that there were. */
export type KnownManagers = { readonly managers: readonly string[]; readonly formerManagers: readonly string[] };

/** Which of several managers is asked. */
export type Choice = {
  /** Asks the one that is asked now; where it does not do what it is asked, another one from now on: the one that leads, else the next. */
  readonly ask: <T>(ask: (manager: string) => Promise<T>) => Promise<T>;
};

/** `clock` in milliseconds, of no particular beginning. */
export function makeChoice(known: () => KnownManagers, clock: () => number = () => performance.now()): Choice {
  const state = { current: known().managers[0] ?? "", heardAt: clock() };
  const next = (): string | undefined => {
    const { managers, formerManagers } = known();
    // They may be slow not to answer: while a manager does, time is not lost on them.
    const all = clock() - state.heardAt < LAST_RESORT_MS ? managers : [...managers, ...formerManagers];
    return all[(all.indexOf(state.current) + 1) % all.length];
  };
  const failed = (asked: string, error: unknown): void => {
    if (isEstibaError(error) && error.reason !== "cluster.no_manager") state.heardAt = clock();
    if (state.current === asked) state.current = leaderIn(error) ?? next() ?? asked;
  };
  return {
    ask: async (ask) => {
      const asked = state.current;
      try {
        const answer = await ask(asked);
        state.heardAt = clock();
        return answer;
      } catch (error) {
        failed(asked, error);
        throw error;
      }
    },
  };
}

/** Where the leader is, when somebody says that it is not the one. */
function leaderIn(error: unknown): string | undefined {
  const at: unknown = isEstibaError(error) ? error.details["leader"] : undefined;
  return typeof at === "string" ? at : undefined;
}
