import { resolve } from "node:path";
import type { LoadOptions } from "../../compose/options.ts";
import { catchInterrupt } from "../image/interrupt.ts";
import { type ComposeCli, composeGlobals } from "./globals.ts";

/** What the options before the verb, and these variables, ask of the loader. */
export function loadOptions(cli: ComposeCli, variables: Readonly<Record<string, string>>): LoadOptions {
  const globals = composeGlobals(cli);
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
    fetchRemote: async (address) => {
      const { fetchRemote } = await import("../../compose/files/remote.ts");
      using interrupt = catchInterrupt();
      return await fetchRemote(cli.engine(), address, interrupt.signal);
    },
  };
}

/** The variables of the process. */
export function definedVariables(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
