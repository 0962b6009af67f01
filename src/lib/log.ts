import { writeSync } from "node:fs";
import { hasCode } from "./has-code.ts";

/** The variable that says how much is told; child processes of Estiba's own inherit it. */
export const LOG_LEVEL = "ESTIBA_LOG_LEVEL";
/** `json` for a JSON object per line; anything else is Podman's form. */
export const LOG_FORMAT = "ESTIBA_LOG_FORMAT";

const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "panic"] as const;
const DEFAULT_LEVEL = "warn";

type Level = (typeof LEVELS)[number];
/** What a line says beside its text. */
type Facts = Readonly<Record<string, string | number | undefined>>;

/** Whether messages of a level are told. An unknown level counts as the default. */
export function isLogged(level: Level): boolean {
  const wanted = (process.env[LOG_LEVEL] ?? DEFAULT_LEVEL).replace("warning", "warn");
  const least = LEVELS.findIndex((name) => name === wanted);
  return LEVELS.indexOf(level) >= (least < 0 ? LEVELS.indexOf(DEFAULT_LEVEL) : least);
}

/** Says on stderr what is done, where the level is debug or trace; the text is not made otherwise. No secrets in it. */
export function logDebug(text: () => string): void {
  if (isLogged("debug")) writeLog("debug", text());
}

/** Says something on stderr at a level that is told, with facts beside it. Nobody left to read it is no failure. No secrets in it. */
export function writeLog(level: Level, text: string, facts: Facts = {}): void {
  const line = process.env[LOG_FORMAT] === "json" ? jsonLine(level, text, facts) : textLine(level, text, facts);
  try {
    writeSync(2, line);
  } catch (error) {
    if (!hasCode(error, "EPIPE", "EAGAIN", "EBADF")) throw error;
  }
}

function jsonLine(level: Level, msg: string, facts: Facts): string {
  return `${JSON.stringify({ time: new Date().toISOString(), level, msg, ...facts })}\n`;
}

function textLine(level: Level, text: string, facts: Facts): string {
  const words = Object.entries(facts).flatMap(([name, value]) =>
    value === undefined
      ? []
      : [`${name}=${typeof value === "number" || isPlain(value) ? value : JSON.stringify(value)}`],
  );
  return `${[`time="${new Date().toISOString()}" level=${level} msg=${JSON.stringify(text)}`, ...words].join(" ")}\n`;
}

function isPlain(text: string): boolean {
  return /^[\w./:{}*-]+$/.test(text);
}
