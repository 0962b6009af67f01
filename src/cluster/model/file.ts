/** What is handed to tasks as files: secrets, which nobody is told, and configs. */
export type FileKind = "secret" | "config";

/** One version of a secret or config, as the store has it. */
export type StoredFile = {
  readonly id: string;
  readonly kind: FileKind;
  /** Undefined: its name means a newer version by now; services that were made from this one keep it. */
  readonly name?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Its data, encrypted. */
  readonly sealed: string;
};

/** A secret or config that a service's tasks have, as a file of their own in memory. */
export type FileUse = {
  readonly kind: FileKind;
  /** Of the version. */
  readonly id: string;
  readonly name: string;
  /** An absolute path inside the root. */
  readonly target: string;
  /** The container's own ids. */
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
};

/** The most bytes of one: Docker's limits. */
export const MOST_BYTES: Readonly<Record<FileKind, number>> = { secret: 512_000, config: 1_024_000 };
