/** A secret that a container gets: as a file, or as a variable of its command. */
export type SecretUse = SecretName & (SecretMount | SecretVariable);

type SecretName = {
  /** As asked for. */
  readonly secret: string;
  /** The version it is; a record always has it, or where the data is. */
  readonly id?: string;
  /** A file of the host in memory that has the data at each start, in place of one that the engine keeps. */
  readonly from?: string;
};

/** A file of its own, read-only, in memory. */
export type SecretMount = {
  readonly type: "mount";
  /** An absolute path inside the root. */
  readonly target: string;
  /** The container's own ids. */
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
};

type SecretVariable = { readonly type: "env"; readonly variable: string };
