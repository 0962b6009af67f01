import type { Engine } from "../../engine/engine.ts";
import { describeError, isEstibaError } from "../../lib/error.ts";
import { type CachedStep, keepStep } from "../cache.ts";
import type { BuildEvent } from "../events.ts";
import type { StageFiles } from "../execute/files.ts";
import type { BuildRequest } from "../request.ts";
import { receiveStep, type SharedCache } from "./shared-cache.ts";

/** Looks for results of steps in the places that a request names. A place that fails is told of once, and asked no more. */
export class StepsElsewhere {
  readonly #engine: Engine;
  readonly #request: Pick<BuildRequest, "cacheFrom" | "signal">;
  readonly #report: (event: BuildEvent) => void;
  readonly #failed = new Set<SharedCache>();

  constructor(
    engine: Engine,
    request: Pick<BuildRequest, "cacheFrom" | "signal">,
    report: (event: BuildEvent) => void,
  ) {
    this.#engine = engine;
    this.#request = request;
    this.#report = report;
  }

  /** The result of the step, brought into the store and written down; undefined where no place has it. */
  async find(files: StageFiles, key: string, title: string): Promise<CachedStep | undefined> {
    const { cacheFrom, signal } = this.#request;
    for (const place of cacheFrom) {
      if (this.#failed.has(place)) continue;
      try {
        const source = await place.find(key, signal);
        if (source === undefined) continue;
        const step = await receiveStep(this.#engine, files, source, signal);
        keepStep(this.#engine, key, { ...step, title });
        return step;
      } catch (error) {
        // The step can be made anew, as long as anybody waits for it.
        if (!isEstibaError(error) || error.code === "cancelled" || error.code === "exhausted") throw error;
        this.#failed.add(place);
        this.#report({ kind: "warning", text: `--cache-from ${place.name} is left out: ${describeError(error)}` });
      }
    }
    return undefined;
  }
}
