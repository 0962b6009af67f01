import { readlinkSync } from "node:fs";
import { hasCode } from "../lib/has-code.ts";
import type { ContainerSummary } from "./list.ts";
import { hasProcess } from "./status.ts";

/** The kernel's numbers of the namespaces of a container's first process; empty for one without a process. */
export type NamespaceNumbers = Readonly<Record<"cgroup" | "ipc" | "mnt" | "net" | "pid" | "user" | "uts", string>>;

/** Asks the kernel. Takes no lock. */
export function namespaceNumbers(listed: ContainerSummary): NamespaceNumbers {
  return namespacesOfProcess(hasProcess(listed) ? listed.state?.init?.pid : undefined);
}

/** Those of one process; empty for none. */
export function namespacesOfProcess(pid: number | undefined): NamespaceNumbers {
  const numberOf = (kind: string): string => (pid === undefined ? "" : readNumber(`/proc/${pid}/ns/${kind}`));
  return {
    cgroup: numberOf("cgroup"),
    ipc: numberOf("ipc"),
    mnt: numberOf("mnt"),
    net: numberOf("net"),
    pid: numberOf("pid"),
    user: numberOf("user"),
    uts: numberOf("uts"),
  };
}

function readNumber(path: string): string {
  try {
    return /\d+/.exec(readlinkSync(path))?.[0] ?? "";
  } catch (error) {
    // It has just ended.
    if (hasCode(error, "ENOENT", "ESRCH")) return "";
    throw error;
  }
}
