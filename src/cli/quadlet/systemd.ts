import { existsSync } from "node:fs";
import { EstibaError } from "../../lib/error.ts";
import type { Cli } from "../context.ts";
import { isUser } from "./context.ts";

/** Whether systemd runs here. */
function runs(): boolean {
  return existsSync("/run/systemd/system");
}

/** Lets systemd read its units anew; where it does not run, a warning says so. Throws `unavailable`. */
export function reloadSystemd(cli: Cli, wanted: boolean): void {
  if (!wanted) return;
  if (!runs()) {
    cli.warn("systemd does not run here: no unit was reloaded");
    return;
  }
  const { exitCode, stderr } = systemctl(["daemon-reload"]);
  if (exitCode === 0) return;
  throw new EstibaError("unavailable", {
    reason: "quadlet.no_reload",
    what: "systemd did not read its units anew",
    cause: stderr.trim(),
    fix: "systemctl daemon-reload",
  });
}

/** The state of a unit, `active/running` and so on; `Not loaded` where systemd does not know it. */
export function unitStatus(unit: string): string {
  if (!runs()) return "Not loaded";
  const { exitCode, stdout } = systemctl(["show", "--property=LoadState,ActiveState,SubState", unit]);
  const value = (key: string): string => new RegExp(`^${key}=(.*)$`, "m").exec(stdout)?.[1] ?? "";
  if (exitCode !== 0 || value("LoadState") !== "loaded") return "Not loaded";
  return `${value("ActiveState")}/${value("SubState")}`;
}

/** Stops a unit. Throws `unavailable` where systemd could not. */
export function stopUnit(unit: string): void {
  const { exitCode, stderr } = systemctl(["stop", unit]);
  if (exitCode === 0) return;
  throw new EstibaError("unavailable", {
    reason: "quadlet.no_stop",
    what: `systemd did not stop ${unit}`,
    cause: stderr.trim(),
  });
}

function systemctl(words: readonly string[]): { exitCode: number; stdout: string; stderr: string } {
  const { exitCode, stdout, stderr } = Bun.spawnSync(["systemctl", ...(isUser() ? ["--user"] : []), ...words]);
  return { exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
}
