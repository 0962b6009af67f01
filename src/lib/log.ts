import { writeSync } from "node:fs";

/** The variable that says how much is told; child processes of Estiba's own inherit it. */
export const LOG_LEVEL = "ESTIBA_LOG_LEVEL";

const LEVELS: readonly string[] = ["trace", "debug", "info", "warn", "error", "fatal", "panic"];
const DEFAULT_LEVEL = "warn";

/** Whether messages of a level are told. An unknown level counts as the default. */
export function isLogged(level: "debug" | "warn"): boolean {
  const wanted = (process.env[LOG_LEVEL] ?? DEFAULT_LEVEL).replace("warning", "warn");
  const least = LEVELS.indexOf(wanted);
  return LEVELS.indexOf(level) >= (least < 0 ? LEVELS.indexOf(DEFAULT_LEVEL) : least);
}

/** Says on stderr what is done, in Podman's form, where the level is debug or trace; the text is not made otherwise. No secrets in it. */
export function logDebug(text: () => string): void {
  if (isLogged("debug")) writeSync(2, `time="${new Date().toISOString()}" level=debug msg=${JSON.stringify(text())}\n`);
}
