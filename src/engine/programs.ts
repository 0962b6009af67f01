import { listOf } from "../config/containers-conf.ts";
import { chooseRuntime, type RuntimeProgram } from "../runtime/choose-runtime.ts";
import type { Engine } from "./engine.ts";

/** The OCI runtime: the one wanted, else `--runtime`'s, else containers.conf's, else the fastest that works here. Throws `unsupported`. */
export function engineRuntime(engine: Engine, wanted?: string): RuntimeProgram {
  const { runtime, runtimes = {} } = engine.conf.engine;
  const paths = Object.entries(runtimes as Record<string, unknown>).map(([name, value]) => [name, listOf(value)]);
  return chooseRuntime({
    wanted: wanted ?? engine.runtime,
    config: {
      runtime: typeof runtime === "string" && runtime !== "" ? runtime : undefined,
      runtimes: Object.fromEntries(paths) as Record<string, readonly string[]>,
    },
  });
}

/** Where containers.conf has conmon. */
export function conmonPlaces(engine: Engine): string[] {
  return listOf(engine.conf.engine["conmon_path"]);
}
