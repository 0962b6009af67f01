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
  /** Brings a file that lies elsewhere and gives its path here; without it such files are refused. */
  readonly fetchRemote?: (address: string) => Promise<string>;
};
