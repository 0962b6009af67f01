import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/**
 * Who has a socket on the port, such as `nginx (pid 812)`; undefined where /proc does not tell: a TCP socket that is bound but does not
 * listen is in no table, and another user's descriptors cannot be read.
 */
export function findPortHolder(protocol: "tcp" | "udp" | "sctp", port: number): string | undefined {
  if (protocol === "sctp") return undefined;
  const inodes = new Set([protocol, `${protocol}6`].flatMap((table) => socketInodes(table, port)));
  if (inodes.size === 0) return undefined;
  const links = new Set([...inodes].map((inode) => `socket:[${inode}]`));
  const pid = readable(() => readdirSync("/proc"), [])
    .filter((name) => /^\d+$/.test(name))
    .find((pid) => holdsOne(pid, links));
  if (pid === undefined) return undefined;
  return `${readable(() => readFileSync(`/proc/${pid}/comm`, "utf8").trim(), "a process")} (pid ${pid})`;
}

function socketInodes(table: string, port: number): string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const lines = readable(() => readFileSync(`/proc/net/${table}`, "utf8"), "")
    .split("\n")
    .slice(1);
  return lines.flatMap((line) => {
    const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
    // 0A listens; UDP sockets are in state 07.
    return local.endsWith(wanted) && (state === "0A" || table.startsWith("udp")) && inode !== undefined ? [inode] : [];
  });
}

function holdsOne(pid: string, links: ReadonlySet<string>): boolean {
  const folder = `/proc/${pid}/fd`;
  return readable(() => readdirSync(folder), []).some((fd) =>
    links.has(readable(() => readlinkSync(`${folder}/${fd}`), "")),
  );
}

// Processes end while we look, and others' descriptors are not ours to see.
function readable<T>(read: () => T, fallback: T): T {
  try {
    return read();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "EACCES" || code === "EPERM" || code === "ESRCH") return fallback;
    throw error;
  }
}
