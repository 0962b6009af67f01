import { listOf } from "../config/containers-conf.ts";
import { readProcStatus } from "../host/proc-status.ts";
import { chooseRuntime, type RuntimeProgram } from "../runtime/choose-runtime.ts";
import type { Engine } from "./engine.ts";

const UMASK = 0o022;

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

/**
 * The words before conmon's: a shell where the umask of this process is not what the runtime needs (what it makes, such as cgroups, must be
 * passable for a container whose ids are others). Only a child can have another one without this process having it for a moment.
 */
export function conmonPrefix(engine: Engine): readonly string[] {
  return engine.isGuest && readProcStatus().umask !== UMASK ? ["/bin/sh", "-c", `umask 022; exec "$@"`, "sh"] : [];
}
