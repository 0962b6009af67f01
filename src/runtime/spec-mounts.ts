import type { SpecMount } from "../oci/runtime-spec.ts";
import type { MountSpec, TmpfsMount } from "../state/spec/mounts.ts";

/** A mount with its source known on the host. */
export type ResolvedMount = {
  readonly mount: MountSpec;
  /** Absolute path on the host; unused for tmpfs and devpts. */
  readonly source: string;
  /** What is mounted below its target is mounted at the source already. */
  readonly assembled?: boolean;
};

/** A file of ours that is bound into the container, such as /etc/hosts. */
export type InjectedFile = { readonly source: string; readonly target: string };

export type MountPlan = {
  readonly mounts: readonly ResolvedMount[];
  readonly files: readonly InjectedFile[];
  readonly shm: ShmPlan;
  readonly privileged: boolean;
  readonly readOnlyRoot: boolean;
  readonly readOnlyTmpfs: boolean;
  /** File systems of the host's to bind, since a container without the namespace that they show cannot mount them anew. */
  readonly fromHost: readonly ("/proc" | "/sys" | "/dev/mqueue")[];
  /** Those of our own that are left out. */
  readonly left: readonly string[];
  /** Options that replace those of /proc. */
  readonly procOptions?: readonly string[] | undefined;
  /** Whether the group of terminals has a place in the user namespace. */
  readonly ttyGroup: boolean;
  /** What systemd as the first process needs, by the host's cgroups; `none`: v1 without a hierarchy for it. */
  readonly systemd: "v1" | "v2" | "none" | undefined;
};

/** /dev/shm: a file system of the container's own of so many bytes (0: no limit), a folder of the host to bind, or nothing. */
export type ShmPlan = { readonly bytes: number } | { readonly source: string } | "none";

/** Where cgroup v1 has systemd's own hierarchy. */
export const SYSTEMD_HIERARCHY = "/sys/fs/cgroup/systemd";

const DEFAULT_TMPFS = ["nosuid", "nodev", "noexec"];

/** Every mount of the container, shallow before deep, so that none hides another. Source: runtime-spec config.md, "mounts"; defaults as Podman's. */
export function planMounts(plan: MountPlan): SpecMount[] {
  const own = [...plan.mounts.map(userMount), ...plan.files.map((file) => injectedFile(file, plan.readOnlyRoot))];
  const taken = new Set(own.map(({ destination }) => destination));
  // Of the same target, the later one of ours counts.
  const ours = new Map(
    [...baseMounts(plan), ...readOnlyScratch(plan), ...systemdMounts(plan)].map((mount) => [mount.destination, mount]),
  );
  const wanted = [...ours.values()].filter(({ destination }) => !taken.has(destination));
  return [...wanted, ...own].toSorted((a, b) => depth(a.destination) - depth(b.destination));
}

/**
 * How mounts travel through the container's root: a bind that shares needs a root that lets it, or the runtime has made it private before.
 * Undefined: the runtime's way.
 */
export function rootPropagation(mounts: readonly ResolvedMount[]): "shared" | "rslave" | undefined {
  const wanted = mounts.map(({ mount }) =>
    mount.type === "bind" || mount.type === "volume" ? (mount.propagation ?? "") : "",
  );
  if (wanted.some((propagation) => propagation.endsWith("shared"))) return "shared";
  return wanted.some((propagation) => propagation.endsWith("slave")) ? "rslave" : undefined;
}

/** How many folders lie above a mount's target: what is shallow is mounted before what is deep. */
export function depth(path: string): number {
  return path === "/" ? 0 : path.split("/").length;
}

function baseMounts(plan: MountPlan): SpecMount[] {
  const access = plan.privileged ? "rw" : "ro";
  const terminals = ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"];
  return [
    { destination: "/proc", type: "proc", source: "proc", options: [...(plan.procOptions ?? SAFE)] },
    {
      destination: "/dev",
      type: "tmpfs",
      source: "tmpfs",
      options: ["nosuid", "noexec", "strictatime", "mode=755", "size=65536k"],
    },
    {
      destination: "/dev/pts",
      type: "devpts",
      source: "devpts",
      options: plan.ttyGroup ? [...terminals, "gid=5"] : terminals,
    },
    { destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: [...SAFE] },
    ...sharedMemory(plan.shm),
    { destination: "/sys", type: "sysfs", source: "sysfs", options: [...SAFE, access] },
    {
      destination: "/sys/fs/cgroup",
      type: "cgroup",
      source: "cgroup",
      options: ["rprivate", "nosuid", "noexec", "nodev", "relatime", access],
    },
  ]
    .filter(({ destination }) => !plan.left.includes(destination))
    .map((mount) => (isFromHost(plan, mount.destination) ? bound(mount) : mount));
}

const SAFE = ["nosuid", "noexec", "nodev"];

function isFromHost({ fromHost }: MountPlan, destination: string): boolean {
  return fromHost.some((path) => path === destination);
}

// What lies below comes along: a user namespace may not see a mount without what hides parts of it.
function bound(mount: SpecMount): SpecMount {
  return {
    destination: mount.destination,
    type: "bind",
    source: mount.destination,
    options: ["rbind", ...(mount.options ?? [])],
  };
}

function sharedMemory(shm: ShmPlan): SpecMount[] {
  if (shm === "none") return [];
  const options = ["nosuid", "noexec", "nodev"];
  if ("source" in shm) {
    return [{ destination: "/dev/shm", type: "bind", source: shm.source, options: ["bind", "rprivate", ...options] }];
  }
  return [
    {
      destination: "/dev/shm",
      type: "tmpfs",
      source: "shm",
      options: [...options, "mode=1777", `size=${shm.bytes}`],
    },
  ];
}

function readOnlyScratch(plan: MountPlan): SpecMount[] {
  if (!plan.readOnlyRoot || !plan.readOnlyTmpfs) return [];
  return ["/run", "/tmp", "/var/tmp"].map((destination) => ({
    destination,
    type: "tmpfs",
    source: "tmpfs",
    options: ["nosuid", "nodev", "rw", "rprivate", "tmpcopyup", destination === "/run" ? "mode=755" : "mode=1777"],
  }));
}

// As Podman has them; the hierarchy of v1 comes without its file by which a program of the host is run.
function systemdMounts({ systemd }: MountPlan): SpecMount[] {
  if (systemd === undefined) return [];
  const scratch = ["/run", "/run/lock", "/tmp", "/var/log/journal"].map((destination) => ({
    destination,
    type: "tmpfs",
    source: "tmpfs",
    options: ["rw", "rprivate", "nosuid", "nodev", "tmpcopyup"],
  }));
  if (systemd === "none") return scratch;
  const options = ["rw", "rprivate", "nosuid", "noexec", "nodev"];
  if (systemd === "v2")
    return [...scratch, { destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options }];
  const hierarchy = { destination: SYSTEMD_HIERARCHY, type: "bind", source: SYSTEMD_HIERARCHY };
  return [...scratch, { ...hierarchy, options: ["bind", ...options] }];
}

/**
 * The mode of a folder that a tmpfs is mounted at, where it is made for that: runc 1.1 gives the tmpfs the mode of the folder, and the kernel's
 * own default is that of /tmp.
 */
export function tmpfsMode(options: readonly string[]): number {
  const mode = options.find((option) => option.startsWith("mode="));
  return mode === undefined ? 0o1777 : Number.parseInt(mode.slice("mode=".length), 8);
}

/** The options of a mount, as the runtime specification has them. */
export function optionsOf(resolved: ResolvedMount): readonly string[] {
  return userMount(resolved).options ?? [];
}

function userMount({ mount, source, assembled = false }: ResolvedMount): SpecMount {
  const destination = mount.target;
  const access = mount.readOnly ? "ro" : "rw";
  switch (mount.type) {
    case "bind": {
      const options = [
        mount.recursive || assembled ? "rbind" : "bind",
        mount.propagation,
        ...(mount.flags ?? []),
        access,
      ];
      // Read-only counts for what is mounted below the source too (mount_setattr, AT_RECURSIVE).
      if (mount.readOnly && mount.recursive && !assembled) options.push("rro");
      return { destination, type: "bind", source, options };
    }
    case "volume": {
      const flags = withDefaults(["nosuid", "nodev"], mount.flags ?? []);
      const propagation = mount.propagation ?? "rprivate";
      return { destination, type: "bind", source, options: ["rbind", propagation, ...flags, access] };
    }
    case "image":
      return { destination, type: "bind", source, options: ["rbind", "rprivate", ...(mount.flags ?? []), access] };
    case "tmpfs":
      return memoryMount(mount);
    case "devpts":
      return {
        destination,
        type: "devpts",
        source: "devpts",
        options: withDefaults(
          ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
          mount.options,
        ),
      };
  }
}

function memoryMount({ target, readOnly, options, ...mount }: TmpfsMount): SpecMount {
  const fileSystem = mount.fileSystem ?? "tmpfs";
  const wanted = options.filter((option) => option !== "notmpcopyup" && option !== "tmpcopyup");
  // What the image has there comes along, as with Podman; crun can do it for tmpfs only.
  if (fileSystem === "tmpfs" && !options.includes("notmpcopyup")) wanted.push("tmpcopyup");
  return {
    destination: target,
    type: fileSystem,
    source: fileSystem,
    options: [...withDefaults(DEFAULT_TMPFS, wanted), readOnly ? "ro" : "rw"],
  };
}

/** The options given, and before them those defaults that none of them contradicts or repeats. */
function withDefaults(defaults: readonly string[], given: readonly string[]): string[] {
  return [...defaults.filter((option) => !given.some((other) => isSameSetting(option, other))), ...given];
}

function isSameSetting(a: string, b: string): boolean {
  const name = (option: string): string => option.replace(/=.*$/, "").replace(/^no(?=exec$|suid$|dev$)/, "");
  return name(a) === name(b);
}

function injectedFile({ source, target }: InjectedFile, readOnly: boolean): SpecMount {
  const options = ["bind", "rprivate", "nosuid", "nodev", "noexec"];
  return { destination: target, type: "bind", source, options: readOnly ? [...options, "ro"] : options };
}
