import type { Capability } from "../../oci/capability.ts";
import type { SpecSeccompAction, SpecSeccompArg } from "../../oci/runtime-spec.ts";

/** Conditions on a rule: every capability and any one of the architectures must be there (`includes`), or none may be (`excludes`). */
export type RuleFilter = { caps?: string[]; arches?: string[]; minKernel?: string };

/** One rule of a profile before its conditions are resolved; Docker's profile format. */
export type ProfileRule = {
  names: string[];
  action: SpecSeccompAction;
  errnoRet?: number;
  args?: SpecSeccompArg[];
  includes?: RuleFilter;
  excludes?: RuleFilter;
};

/** A seccomp profile: Docker's and Podman's JSON format, ours and the users' alike. */
export type SeccompProfile = {
  defaultAction: SpecSeccompAction;
  defaultErrnoRet?: number;
  architectures?: string[];
  archMap?: { architecture: string; subArchitectures: string[] }[];
  flags?: string[];
  listenerPath?: string;
  listenerMetadata?: string;
  syscalls: ProfileRule[];
};

const ENOSYS = 38;
const AF_ALG = 38;
// What lies between and above the two families that are refused: NFC; KCM, QIPCRTR, SMC, XDP, MCTP.
const FAMILIES_ABOVE_ALG = [39, 41, 42, 43, 44, 45];
// CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
const CLONE_NAMESPACES = 0x7e020000;
// Execution domains: PER_LINUX, PER_LINUX32, UNAME26, both, and the query.
const PERSONALITIES = [0x0, 0x8, 0x20000, 0x20008, 0xffffffff];
// Where C libraries still make sockets through socketcall.
const SOCKETCALL_NATIVE = ["386", "s390x"];

const ALWAYS = {
  files: `access chdir chmod chown chown32 close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2 fadvise64
    fadvise64_64 fallocate fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat fcntl fcntl64 fdatasync flock fstat fstat64
    fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 futimesat getcwd getdents getdents64 ioctl lchown lchown32 link linkat
    listmount _llseek lseek lstat lstat64 mkdir mkdirat mknod mknodat name_to_handle_at newfstatat open openat openat2 pipe pipe2
    pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv rename renameat renameat2 rmdir
    sendfile sendfile64 splice stat stat64 statfs statfs64 statmount statx symlink symlinkat sync sync_file_range syncfs tee
    truncate truncate64 umask unlink unlinkat utime utimensat utimensat_time64 utimes vmsplice write writev`,
  attributes: `fgetxattr flistxattr fremovexattr fsetxattr getxattr getxattrat lgetxattr listxattr listxattrat llistxattr
    lremovexattr lsetxattr removexattr removexattrat setxattr setxattrat`,
  waiting: `epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2
    fanotify_mark inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy io_getevents io_pgetevents
    io_pgetevents_time64 io_setup io_submit _newselect poll ppoll ppoll_time64 pselect6 pselect6_time64 select signalfd signalfd4`,
  memory: `brk cachestat madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mlock mlock2 mlockall mmap mmap2
    mprotect mremap mseal msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect remap_file_pages`,
  processes: `execve execveat exit exit_group fork getcpu getpgid getpgrp getpid getppid getpriority getrlimit getrusage getsid
    get_thread_area gettid ioprio_get ioprio_set kill pause pidfd_open pidfd_send_signal prctl prlimit64 process_mrelease
    process_vm_readv process_vm_writev ptrace restart_syscall rseq sched_getaffinity sched_getattr sched_getparam
    sched_get_priority_max sched_get_priority_min sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64
    sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield setpgid setpriority setrlimit setsid
    set_thread_area set_tid_address sysinfo tgkill times tkill ugetrlimit uname uretprobe vfork wait4 waitid waitpid`,
  signals: `rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait
    rt_sigtimedwait_time64 rt_tgsigqueueinfo sigaltstack sigprocmask sigreturn`,
  identities: `capget capset getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getresgid getresgid32
    getresuid getresuid32 getuid getuid32 setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 setregid
    setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setuid setuid32`,
  confinement: `landlock_add_rule landlock_create_ruleset landlock_restrict_self seccomp`,
  synchronisation: `futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake get_robust_list set_robust_list`,
  time: `adjtimex alarm clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64
    clock_nanosleep clock_nanosleep_time64 getitimer gettimeofday nanosleep setitimer time timer_create timer_delete
    timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime
    timerfd_gettime64 timerfd_settime timerfd_settime64`,
  sockets: `accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg recvmmsg_time64 recvmsg
    send sendmmsg sendmsg sendto setsockopt shutdown`,
  queues: `ipc mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink
    msgctl msgget msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64 shmat shmctl shmdt shmget`,
  random: `getrandom`,
};

const BY_CAPABILITY: readonly (readonly [Capability, string])[] = [
  ["CAP_BPF", "bpf"],
  ["CAP_DAC_READ_SEARCH", "open_by_handle_at"],
  ["CAP_PERFMON", "perf_event_open"],
  [
    "CAP_SYS_ADMIN",
    `bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr lsm_list_modules
    lsm_set_self_attr mount mount_setattr move_mount open_tree perf_event_open quotactl quotactl_fd setdomainname sethostname setns
    syslog umount umount2 unshare`,
  ],
  ["CAP_SYS_BOOT", "reboot"],
  ["CAP_SYS_CHROOT", "chroot"],
  ["CAP_SYS_MODULE", "delete_module finit_module init_module"],
  ["CAP_SYS_NICE", "get_mempolicy mbind set_mempolicy set_mempolicy_home_node"],
  ["CAP_SYS_PACCT", "acct"],
  ["CAP_SYS_PTRACE", "kcmp pidfd_getfd process_madvise"],
  ["CAP_SYS_RAWIO", "ioperm iopl"],
  ["CAP_SYS_TIME", "clock_settime clock_settime64 settimeofday stime"],
  ["CAP_SYS_TTY_CONFIG", "vhangup"],
  ["CAP_SYSLOG", "syslog"],
];

const BY_ARCHITECTURE: readonly (readonly [readonly string[], string])[] = [
  [["amd64", "386"], "arch_prctl modify_ldt"],
  [["arm", "arm64"], "arm_fadvise64_64 arm_sync_file_range breakpoint cacheflush set_tls sync_file_range2"],
  [["riscv64"], "riscv_flush_icache riscv_hwprobe"],
  [["ppc64le"], "swapcontext sync_file_range2"],
  [["s390x"], "s390_pci_mmio_read s390_pci_mmio_write s390_runtime_instr"],
];

/**
 * The profile of every container that asks for no other: the set that Docker's engine allows today, and stricter in three places.
 * - `socket` and `socketpair` make neither AF_ALG (CVE-2026-31431) nor AF_VSOCK (which reaches a virtual machine's host).
 *   Families are compared as whole 64-bit values and listed one by one: with "above 40" a family of 0x100000026 would pass the filter
 *   and be cut to AF_ALG by the kernel.
 * - `socketcall`, through which 32-bit x86 programs could make them unseen, is there only for images whose C libraries need it.
 * - io_uring is absent, as are keyctl and its kin, userfaultfd, and whatever makes namespaces or mounts.
 *
 * What is not named fails with EPERM. System calls newer than the newest one named fail with ENOSYS, so that programs fall back; so does
 * clone3, whose flags a filter cannot see.
 */
export function defaultProfile(): SeccompProfile {
  return {
    defaultAction: "SCMP_ACT_ERRNO",
    archMap: [
      { architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86", "SCMP_ARCH_X32"] },
      { architecture: "SCMP_ARCH_AARCH64", subArchitectures: ["SCMP_ARCH_ARM"] },
      { architecture: "SCMP_ARCH_RISCV64", subArchitectures: [] },
      { architecture: "SCMP_ARCH_PPC64LE", subArchitectures: [] },
      { architecture: "SCMP_ARCH_S390X", subArchitectures: ["SCMP_ARCH_S390"] },
    ],
    syscalls: [
      ...socketRules(),
      allow(words(Object.values(ALWAYS).join(" "))),
      ...PERSONALITIES.map((value) => allow(["personality"], [{ index: 0, value, op: "SCMP_CMP_EQ" }])),
      ...cloneRules(),
      ...BY_CAPABILITY.map(([capability, names]) => ({ ...allow(words(names)), includes: { caps: [capability] } })),
      ...BY_ARCHITECTURE.map(([arches, names]) => ({ ...allow(words(names)), includes: { arches: [...arches] } })),
    ],
  };
}

function socketRules(): ProfileRule[] {
  const makers = ["socket", "socketpair"];
  return [
    // First, and with another errno than the default's: on 32-bit x86 libseccomp takes each rule for "socket" as one that allows
    // socketcall to make any socket, and only an unconditional rule before it stands. Runtimes leave out rules that repeat the default.
    { names: ["socketcall"], action: "SCMP_ACT_ERRNO", errnoRet: ENOSYS, excludes: { arches: SOCKETCALL_NATIVE } },
    allow(makers, [{ index: 0, value: AF_ALG, op: "SCMP_CMP_LT" }]),
    ...FAMILIES_ABOVE_ALG.map((value) => allow(makers, [{ index: 0, value, op: "SCMP_CMP_EQ" }])),
    { ...allow(["socketcall"]), includes: { arches: SOCKETCALL_NATIVE } },
  ];
}

function cloneRules(): ProfileRule[] {
  // On s390 the flags are the second argument.
  const withoutNamespaces = (index: number): ProfileRule =>
    allow(["clone"], [{ index, value: CLONE_NAMESPACES, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }]);
  return [
    { ...withoutNamespaces(0), excludes: { caps: ["CAP_SYS_ADMIN"], arches: ["s390", "s390x"] } },
    { ...withoutNamespaces(1), includes: { arches: ["s390", "s390x"] }, excludes: { caps: ["CAP_SYS_ADMIN"] } },
    { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: ENOSYS, excludes: { caps: ["CAP_SYS_ADMIN"] } },
  ];
}

function allow(names: string[], args?: SpecSeccompArg[]): ProfileRule {
  return { names, action: "SCMP_ACT_ALLOW", ...(args === undefined ? {} : { args }) };
}

function words(text: string): string[] {
  return text.split(/\s+/);
}
