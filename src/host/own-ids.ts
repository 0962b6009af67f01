import { readFileSync } from "node:fs";

/**
 * The only line of a uid_map that maps nothing, the host's own (user_namespaces(7)), as the kernel prints it: an expression would take a tenth
 * of a millisecond to be compiled, in every command.
 */
const WHOLE = "         0          0 4294967295\n";

const uidMap = readFileSync("/proc/self/uid_map", "latin1");

/**
 * Whether this process lives in a user namespace of its own, as that of a rootless engine does: what it is root of is its own then, and the
 * kernel keeps back what belongs to the whole host, such as devices, higher limits and attributes of the name `trusted`.
 */
export const IN_USER_NAMESPACE: boolean = uidMap !== WHOLE && !/^\s*0\s+0\s+4294967295\s*$/.test(uidMap.trimEnd());

/** The user whom the host sees: outside a user namespace the own id, inside the one that its root is. */
export function hostUid(): number {
  const uid = process.getuid?.() ?? 0;
  if (!IN_USER_NAMESPACE) return uid;
  const ranges = uidMap.trim().split("\n");
  for (const range of ranges) {
    const [inside = 0, outside = 0, size = 0] = range.trim().split(/\s+/).map(Number);
    if (uid >= inside && uid < inside + size) return outside + uid - inside;
  }
  return uid;
}

/** How many groups there are from 0 on without a gap, where this process lives. */
export function ownGroups(): number {
  const ranges = readFileSync("/proc/self/gid_map", "latin1")
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  let end = 0;
  for (const [inside = 0, , size = 0] of ranges.toSorted(([a = 0], [b = 0]) => a - b)) {
    if (inside === end) end += size;
  }
  return end;
}
