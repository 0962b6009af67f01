import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeError, isEstibaError } from "../../lib/error.ts";
import type { RuntimeSpec, SpecProcess } from "../../oci/runtime-spec.ts";
import { runtimeExecCaptured } from "../../runtime/exec-captured.ts";
import { printSpec } from "../../runtime/spec-resources.ts";
import type { HealthResult, HealthTest } from "../../state/spec/health.ts";
import type { Engine } from "../engine.ts";
import { runtimeStateFolder } from "../runtime-places.ts";

/** One check to be made. */
export type Probe = {
  readonly id: string;
  /** The container's first process. */
  readonly init: number;
  /** Absolute path of the runtime that made the container. */
  readonly runtime: string;
  readonly test: HealthTest;
  readonly timeoutMs: number;
  /** Characters of output kept; 0 keeps all. */
  readonly maxLogSize: number;
};

/** Checks that are made from the host. */
const BY_NETWORK: ReadonlySet<string> = new Set(["HTTP", "TCP"]);
/** Not an exit code: the check took too long, or could not be run. */
const NO_EXIT_CODE = -1;

/**
 * Runs a check in a running container, as the container's own user, with its environment, limits and capabilities. One that takes too long
 * is killed with all that it started. A check that cannot be run is a failed one, with the reason as its output.
 */
export async function probe(engine: Engine, wanted: Probe, signal: AbortSignal): Promise<HealthResult> {
  const bundle = join(engine.paths.bundles, wanted.id);
  const startedAt = Date.now();
  const began = performance.now();
  const file = join(bundle, `health-${crypto.randomUUID()}.json`);
  // By the clock that nobody sets: a jump of the other one makes no check long.
  const result = (exitCode: number, output: string): HealthResult => ({
    startedAt,
    finishedAt: startedAt + Math.round(performance.now() - began),
    exitCode,
    output: wanted.maxLogSize === 0 ? output : output.slice(0, wanted.maxLogSize),
  });
  if (BY_NETWORK.has(wanted.test[0] ?? "")) {
    const { exitCode, output } = await (await import("./network-probe.ts")).probeByNetwork(engine, wanted, signal);
    return result(exitCode, output);
  }
  try {
    const args = testArguments(wanted.test);
    writeFileSync(file, printSpec(probeProcess(bundle, args)), { mode: 0o600 });
    const { exitCode, output, timedOut } = await runtimeExecCaptured(
      { path: wanted.runtime, stateFolder: runtimeStateFolder(engine) },
      {
        id: wanted.id,
        init: wanted.init,
        command: args[0],
        processFile: file,
        timeoutMs: wanted.timeoutMs,
        // Four bytes make a character at most.
        maxOutput: wanted.maxLogSize === 0 ? Number.POSITIVE_INFINITY : wanted.maxLogSize * 4,
        signal,
      },
    );
    return timedOut
      ? result(NO_EXIT_CODE, `${output}health check exceeded timeout (${wanted.timeoutMs / 1000}s)`)
      : result(exitCode, output);
  } catch (error) {
    if (!isEstibaError(error)) throw error;
    return result(NO_EXIT_CODE, describeError(error));
  } finally {
    rmSync(file, { force: true });
  }
}

function probeProcess(bundle: string, args: readonly string[]): SpecProcess {
  const config = JSON.parse(readFileSync(join(bundle, "config.json"), "utf8")) as RuntimeSpec;
  return { ...config.process, args: [...args], terminal: false };
}

function testArguments([kind, ...words]: HealthTest): string[] {
  return kind === "CMD-SHELL" ? ["/bin/sh", "-c", ...words] : words;
}
