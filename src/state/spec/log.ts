/**
 * Where a container's output goes.
 * - `k8s-file`, `json-file` (another name of it): a file that conmon writes
 * - `journald`: systemd's journal, by conmon
 * - `passthrough`: what the command that starts the container has for stdio
 * - `none`: nowhere
 */
export type LogDriver = "k8s-file" | "json-file" | "journald" | "passthrough" | "none";

/** How a container's output is kept, as `--log-driver` and `--log-opt` say it. */
export type LogSpec = {
  readonly driver: LogDriver;
  /** An absolute path that the user chose; undefined for one in the container's own folder. Only for files. */
  readonly path?: string;
  /** Bytes after which a new file is begun; undefined for no limit. Only for files. */
  readonly sizeMax?: number;
  /** The same as it was typed, such as `1m`: Docker's clients are given back what they gave. */
  readonly sizeText?: string;
  /** How many files are kept, the current one among them; undefined as 1. Only for files. */
  readonly fileMax?: number;
  /** A template: CONTAINER_TAG in the journal, `tag` in `logs --details`. */
  readonly tag?: string;
  /** Labels and environment variables that `logs --details` shows, by name. */
  readonly labels?: readonly string[];
  readonly env?: readonly string[];
};

/** Whether the log is a file. */
export function isFileLog({ driver }: LogSpec): boolean {
  return driver === "k8s-file" || driver === "json-file";
}
