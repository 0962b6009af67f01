import { resolve } from "node:path";
import type { Loaded } from "../../compose/load.ts";
import type { Values } from "../command.ts";
import { definedVariables } from "../compose/load-options.ts";
import type { Cli } from "../context.ts";

/** Which Compose files a stack is made of. */
export const FILES_OPTIONS = {
  "compose-file": {
    kind: "list",
    short: "c",
    value: "FILE",
    help: "A Compose file; several are merged; - is stdin (default compose.yaml)",
    complete: "file",
  },
  "env-file": { kind: "list", value: "FILE", help: "Variables for the files (default .env)", complete: "file" },
  profile: { kind: "list", value: "NAME", help: "Enable a profile" },
  "project-directory": {
    kind: "string",
    value: "DIR",
    help: "What relative paths are seen from",
    complete: "directory",
  },
} as const;

type Asked = Values<typeof FILES_OPTIONS>;

/** The project of some files under a stack's name; what they warn of is told. */
export async function loadStack(cli: Cli, values: Asked, name: string | undefined): Promise<Loaded> {
  const { loadProject } = await import("../../compose/load.ts");
  const { "project-directory": directory } = values;
  const loaded = await loadProject({
    cwd: process.cwd(),
    files: values["compose-file"],
    ...(directory === undefined ? {} : { projectDirectory: resolve(directory) }),
    ...(name === undefined ? {} : { projectName: name }),
    profiles: values.profile,
    envFiles: values["env-file"],
    environment: definedVariables(),
    readStdin: async () => await Bun.stdin.text(),
  });
  for (const warning of loaded.warnings) cli.warn(warning);
  return loaded;
}
