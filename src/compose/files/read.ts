import { relative } from "node:path";
import { EstibaError } from "../../lib/error.ts";
import { hasCode } from "../../lib/has-code.ts";
import type { Source } from "../../lib/yaml/node.ts";
import { readDotenv, settled } from "../env/dotenv.ts";
import type { Variable, Variables } from "../env/variables.ts";

/** Whether what names a file names one that has to be fetched: an artifact, a git repository, any other address. */
export function isRemote(path: string): boolean {
  return /^(?:[a-z][a-z0-9+.-]*:\/\/|git@|github\.com\/)/i.test(path);
}

/** A file as a text with a name; the name is relative to the current folder where that is shorter. Undefined when there is none. */
export async function readSource(path: string, cwd: string): Promise<Source | undefined> {
  try {
    return { name: shortName(path, cwd), text: await Bun.file(path).text() };
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return undefined;
    throw new EstibaError("invalid", { reason: "compose.cannot_read", what: `cannot read ${path}`, cause: error });
  }
}

function shortName(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short.startsWith("..") || short.length > path.length ? path : short;
}

/** The variables of an env file that fills in what `outer` knows; undefined when it is not there and not needed. */
export async function readEnvFile(
  path: string,
  outer: Variables,
  { needed, unset, cwd }: { readonly needed: boolean; readonly unset: (name: string) => void; readonly cwd: string },
): Promise<Map<string, Variable> | undefined> {
  const source = await readSource(path, cwd);
  if (source === undefined) {
    if (!needed) return undefined;
    throw new EstibaError("not_found", { reason: "compose.no_env_file", what: `couldn't find env file: ${path}` });
  }
  const lines = readDotenv(source, (name) => outer.get(name)?.value, unset);
  return settled(lines, (name) => outer.get(name));
}
