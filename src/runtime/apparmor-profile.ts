/** What the parser of this host brings: files that a profile may include. */
export type ProfileParts = { readonly tunables: boolean; readonly base: boolean };

/**
 * The text of the default AppArmor profile: everything a container does in its own root is allowed; writing the host's kernel settings,
 * mounting, and tracing or signalling processes outside the profile are not. The rules are those that both peers ship (docker-default,
 * containers-default), with /sys/devices/virtual/powercap. Pure. Source: apparmor.d(5).
 */
export function defaultProfile(name: string, { tunables, base }: ProfileParts): string {
  return `${tunables ? "#include <tunables/global>" : "@{PROC}=/proc/"}

profile ${name} flags=(attach_disconnected,mediate_deleted) {
${base ? "  #include <abstractions/base>\n" : ""}
  network,
  capability,
  file,
  umount,

  # The host's own processes and the OCI runtimes, which may be confined themselves, send signals; so do the container's to each other.
  signal (receive) peer=unconfined,
  signal (receive) peer=runc,
  signal (receive) peer=crun,
  signal (send,receive) peer=${name},

  # Of /proc only the processes' own entries and the container's own settings can be written.
  deny @{PROC}/* w,
  deny @{PROC}/{[^1-9],[^1-9][^0-9],[^1-9s][^0-9y][^0-9s],[^1-9][^0-9][^0-9][^0-9/]*}/** w,
  deny @{PROC}/sys/[^k]** w,
  deny @{PROC}/sys/kernel/{?,??,[^s][^h][^m]**} w,
  deny @{PROC}/sysrq-trigger rwklx,
  deny @{PROC}/kcore rwklx,

  deny mount,

  # Of /sys only the cgroups can be written.
  deny /sys/[^f]*/** wklx,
  deny /sys/f[^s]*/** wklx,
  deny /sys/fs/[^c]*/** wklx,
  deny /sys/fs/c[^g]*/** wklx,
  deny /sys/fs/cg[^r]*/** wklx,
  deny /sys/firmware/** rwklx,
  deny /sys/devices/virtual/powercap/** rwklx,
  deny /sys/kernel/security/** rwklx,

  ptrace (trace,read,tracedby,readby) peer=${name},
}
`;
}
