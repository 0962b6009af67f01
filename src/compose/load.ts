import { EstibaError } from "../lib/error.ts";
import type { Project } from "./project.ts";
import type { Sources } from "./sources.ts";

/** Which files make the project, and how far to go with them. Everything comes in here: nothing is read from the process. */
export type LoadOptions = {
  readonly cwd: string;
  /** `-f`, in order; `-` is stdin. Empty: COMPOSE_FILE, else the files that are found from `cwd` upwards. */
  readonly files: readonly string[];
  readonly projectDirectory?: string;
  /** `-p`. */
  readonly projectName?: string;
  /** `--profile`. Empty: COMPOSE_PROFILES. */
  readonly profiles: readonly string[];
  /** `--env-file`. Empty: COMPOSE_ENV_FILES, else `.env`. */
  readonly envFiles: readonly string[];
  /** The variables of the process. */
  readonly environment: Readonly<Record<string, string>>;
  /** Names given on the command line: their profiles count as enabled, and only they, with what they depend on, are in the result. */
  readonly services?: readonly string[];
  /** false: without what the named services depend on (`--no-deps`). */
  readonly dependencies?: boolean;
  /** Networks, volumes, secrets and configs that no selected service uses stay in the result. */
  readonly allResources?: boolean;
  /** What `config --no-...` leaves out; all true unless given. */
  readonly interpolate?: boolean;
  readonly normalize?: boolean;
  readonly resolvePaths?: boolean;
  readonly checkConsistency?: boolean;
  readonly resolveEnvironment?: boolean;
  readonly readStdin?: () => Promise<string>;
};

export type Loaded = {
  readonly project: Project;
  /** Absolute. */
  readonly projectDirectory: string;
  /** The files the project was made from, absolute, `-` for stdin; without included ones. */
  readonly files: readonly string[];
  /** The env files whose variables are in `environment`, absolute. */
  readonly environmentFiles: readonly string[];
  /** What `${...}` in the files saw: the process's variables above those of env files. Secrets and configs with `environment` read from it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Every service of the files, also those that profiles or the selection left out: containers of these are no orphans. */
  readonly declaredServices: readonly string[];
  /** One sentence each, for stderr. */
  readonly warnings: readonly string[];
  /** Where each value came from. */
  readonly sources: Sources;
};

/**
 * The project of some Compose files in canonical form. Reads files, changes nothing.
 *
 * Throws an EstibaError of code `invalid` (reason `compose.*`) whose `details.frame` has file, line, column and the lines of the file,
 * `not_found` with reason `compose.no_file` where there is no file at all, and with `compose.unknown_service` for a name that no service has.
 */
export async function loadProject(_options: LoadOptions): Promise<Loaded> {
  throw new EstibaError("not_found", { reason: "compose.no_file", what: "no compose file can be loaded yet" });
}
