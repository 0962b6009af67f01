import { resolve } from "node:path";
import type { LoadOptions } from "../../compose/options.ts";
import type { ComposeGlobals } from "./globals.ts";

/** What the options before the verb, and these variables, ask of the loader. */
export function loadOptions(globals: ComposeGlobals, variables: Readonly<Record<string, string>>): LoadOptions {
  const { "project-directory": directory, "project-name": name } = globals;
  return {
    cwd: process.cwd(),
    files: globals.file,
    ...(directory === undefined ? {} : { projectDirectory: resolve(directory) }),
    ...(name === undefined ? {} : { projectName: name }),
    profiles: globals.profile,
    envFiles: globals["env-file"],
    environment: variables,
    allResources: globals["all-resources"],
    readStdin: async () => await Bun.stdin.text(),
  };
}

/** The variables of the process. */
export function definedVariables(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
