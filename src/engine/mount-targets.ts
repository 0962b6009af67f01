import type { ContainerRecord } from "../state/container.ts";

/** What every container has mounted, or bound in by Estiba. */
const ALWAYS = [
  "dev/pts",
  "dev/shm",
  "dev/mqueue",
  "dev/console",
  "proc",
  "sys/fs/cgroup",
  "etc/hosts",
  "etc/hostname",
  "etc/resolv.conf",
  "etc/mtab",
  "run/.containerenv",
  "run/secrets",
];

/**
 * The paths (byte strings without the first slash) at which something is mounted in a container, and the folders above them: what was only
 * made for that in its own layer is none of its changes.
 */
export function mountTargets(record: ContainerRecord): Set<string> {
  const found = new Set<string>();
  const secrets = (record.spec.secrets ?? []).flatMap((use) => (use.type === "mount" ? use.target : []));
  for (const target of [...ALWAYS, ...secrets, ...record.mounts.map((mount) => mount.target)]) {
    const parts = Buffer.from(target, "utf8")
      .toString("latin1")
      .split("/")
      .filter((part) => part !== "");
    for (let length = 1; length <= parts.length; length++) found.add(parts.slice(0, length).join("/"));
  }
  return found;
}
