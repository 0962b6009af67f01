export type SecuritySpec = {
  readonly privileged: boolean;
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  readonly readOnlyRoot: boolean;
  /** tmpfs on /run, /tmp and /var/tmp of a read-only root. */
  readonly readOnlyTmpfs: boolean;
  readonly noNewPrivileges: boolean;
  /** `default`, `unconfined` or the path of a profile. */
  readonly seccomp: string;
  /** Paths that `--security-opt mask=` adds and `unmask=` takes away (`ALL` for every one). */
  readonly mask: readonly string[];
  readonly unmask: readonly string[];
};
