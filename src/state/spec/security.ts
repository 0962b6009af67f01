export type SecuritySpec = {
  readonly privileged: boolean;
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  /** In place of the built-in ones. */
  readonly capDefaults?: readonly string[];
  readonly readOnlyRoot: boolean;
  /** tmpfs on /run, /tmp and /var/tmp of a read-only root. */
  readonly readOnlyTmpfs: boolean;
  readonly noNewPrivileges: boolean;
  /** `default` where nothing was said, which takes that of the pod; `builtin`, `unconfined` or the path of a profile. */
  readonly seccomp: string;
  /** `unconfined` or the name of a loaded AppArmor profile; undefined takes the default one where the kernel has AppArmor. */
  readonly apparmor?: string;
  /** Mount options that replace those of /proc. */
  readonly procOptions?: readonly string[];
  /** Paths that `--security-opt mask=` adds and `unmask=` takes away (globs; `ALL` for every one). */
  readonly mask: readonly string[];
  readonly unmask: readonly string[];
  /** `TYPE MAJOR:MINOR PERMISSIONS` rules of the device cgroup, beyond those of the devices given. */
  readonly deviceRules?: readonly string[];
  /** Folders of CDI files, weakest first; undefined for the usual ones. */
  readonly cdiFolders?: readonly string[];
};
