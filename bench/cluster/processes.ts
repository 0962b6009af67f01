import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Numbers of all processes. */
function processes(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** What is read of a process; undefined when it has gone. */
function readOf<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && "code" in error && ["ENOENT", "ESRCH"].includes(String(error.code))) return undefined;
    throw error;
  }
}

/** The processes that run exactly this command. */
export function runningCommand(...words: string[]): number[] {
  const wanted = `${words.join("\0")}\0`;
  return processes().filter((pid) => readOf(() => readFileSync(`/proc/${pid}/cmdline`, "utf8")) === wanted);
}

/** Kills all processes of a machine, those of its containers among them, but for the one that holds its namespaces. */
export function killMachine(holder: number): void {
  for (;;) {
    const doomed = processesOn(holder);
    if (doomed.length === 0) return;
    for (const pid of doomed) kill(pid);
    Bun.sleepSync(5);
  }
}

/** Those on the machine that a process holds, with what they have started, without that process. */
export function processesOn(holder: number): number[] {
  const netns = readlinkSync(`/proc/${holder}/ns/net`);
  const alive = processes().flatMap((pid) => {
    const stat = readOf(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
    const [state = "Z", parent = "0"] = stat?.slice(stat.lastIndexOf(")") + 2).split(" ") ?? [];
    return state === "Z" ? [] : [{ pid, parent: Number(parent) }];
  });
  const children = Map.groupBy(alive, ({ parent }) => parent);
  const found = new Set<number>();
  const add = (pid: number): void => {
    if (found.has(pid)) return;
    found.add(pid);
    for (const child of children.get(pid) ?? []) add(child.pid);
  };
  for (const { pid } of alive) if (readOf(() => readlinkSync(`/proc/${pid}/ns/net`)) === netns) add(pid);
  found.delete(holder);
  return [...found];
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** What processes have in memory for themselves alone, in MB. */
export function privateMegabytes(pids: readonly number[]): number {
  const kilobytes = pids.map((pid) => {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    return [...rollup.matchAll(/^Private_\w+:\s+(\d+)/gm)].reduce((sum, [, size]) => sum + Number(size), 0);
  });
  return (kilobytes.reduce((sum, size) => sum + size, 0) * 1024) / 1e6;
}

/** What a process has in memory without any file behind it, in MB: its program's pages are those of all who run it. */
export function ownMegabytes(pid: number): number {
  const [, kilobytes = "0"] = /^Anonymous:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8")) ?? [];
  return (Number(kilobytes) * 1024) / 1e6;
}
