import { accessSync, constants } from "node:fs";
import { resolve } from "node:path";
import { EstibaError } from "../lib/error.ts";
import { LOG_LEVEL } from "../lib/log.ts";
import type { Values } from "./command.ts";
import type { GLOBAL_OPTIONS } from "./globals.ts";

type GlobalValues = Values<typeof GLOBAL_OPTIONS>;

/** Gives effect to the options before the command's name that are not the engine's. */
export function applyGlobals(values: GlobalValues, environment: NodeJS.ProcessEnv): void {
  if (values.config !== undefined) environment["DOCKER_CONFIG"] = resolve(values.config);
  if (values.conmon !== undefined) environment["ESTIBA_CONMON"] = conmonAt(values.conmon);
  const level = values.debug ? "debug" : values["log-level"];
  if (level !== undefined) environment[LOG_LEVEL] = level;
}

function conmonAt(given: string): string {
  const path = resolve(given);
  try {
    accessSync(path, constants.X_OK);
  } catch (error) {
    throw new EstibaError("not_found", {
      reason: "cli.no_conmon",
      what: `--conmon: "${given}" cannot be executed`,
      cause: error,
      fix: "name the program, or leave the option out",
    });
  }
  return path;
}
