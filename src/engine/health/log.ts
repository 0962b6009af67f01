import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hasCode } from "../../lib/has-code.ts";
import type { HealthState } from "../../state/spec/health.ts";

/** A container's health as `inspect` shows it (Podman's State.Health). Pure. */
export function printHealth({ status, failingStreak, log }: HealthState): Record<string, unknown> {
  return {
    Status: status,
    FailingStreak: failingStreak,
    Log: log.map(({ startedAt, finishedAt, exitCode, output }) => ({
      Start: new Date(startedAt).toISOString(),
      End: new Date(finishedAt).toISOString(),
      ExitCode: exitCode,
      Output: output,
    })),
  };
}

/**
 * Writes the log of `--health-log-destination FOLDER`: one JSON document for each container, replaced whole. A folder that has gone or is
 * full harms nothing else: the state has the results, too.
 */
export function writeHealthLog(folder: string, id: string, health: HealthState): void {
  const path = join(folder, `${id}-healthcheck.log`);
  try {
    writeFileSync(`${path}.new`, `${JSON.stringify(printHealth(health))}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch (error) {
    if (!hasCode(error, "ENOENT", "ENOTDIR", "ENOSPC", "EDQUOT", "EROFS", "EACCES")) throw error;
  }
}
