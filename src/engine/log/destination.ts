import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { isTerminal } from "../../host/terminal.ts";
import { EstibaError } from "../../lib/error.ts";
import type { MonitorLog } from "../../runtime/monitor.ts";
import type { ContainerRecord, ContainerSpec } from "../../state/container.ts";
import { isFileLog } from "../../state/spec/log.ts";
import type { Engine } from "../engine.ts";
import { renderTag } from "./tag.ts";

const JOURNAL_SOCKET = "/run/systemd/journal/socket";

/** The current file of a container's log, where its log is a file; conmon writes it. */
export function logPath(engine: Engine, { id, spec }: Pick<ContainerRecord, "id" | "spec">): string {
  return spec.log.path ?? join(engine.paths.containers, id, "ctr.log");
}

/** How many files a log may have; 1 when it is begun anew, or never. */
export function keptFiles({ log }: Pick<ContainerSpec, "log">): number {
  return isFileLog(log) && log.sizeMax !== undefined ? (log.fileMax ?? 1) : 1;
}

/** What conmon is told about the log. With several files it does not look at the size: it would throw away what it has written. */
export async function monitorLog(engine: Engine, record: ContainerRecord): Promise<MonitorLog> {
  const { log } = record.spec;
  if (log.driver === "journald")
    return { driver: "journald", ...(log.tag === undefined ? {} : { tag: await renderTag(log.tag, record) }) };
  if (log.driver === "passthrough") return passthrough();
  if (!isFileLog(log)) return { driver: "none" };
  const path = logPath(engine, record);
  if (keptFiles(record.spec) > 1) return { driver: "file", path, unsynced: true };
  const sizeMax = log.sizeMax === undefined ? {} : { sizeMax: log.sizeMax };
  return { driver: "file", path, ...sizeMax, ...(record.spec.autoRemove ? { unsynced: true } : {}) };
}

// A process that has the user's terminal can type into it (TIOCSTI): conmon refuses that, too.
function passthrough(): MonitorLog {
  if (![0, 1, 2].some((fd) => isTerminal(fd))) return { driver: "passthrough" };
  throw new EstibaError("unsupported", {
    reason: "log.terminal",
    what: "the 'passthrough' log driver cannot be used on a TTY",
    fix: "redirect stdin, stdout and stderr, or leave out --log-driver",
  });
}

/** Throws `unsupported` or `invalid` for a log that cannot be written on this host: better at create than at start. */
export function requireLog({ log, tty }: Pick<ContainerSpec, "log" | "tty">): void {
  if (log.driver === "passthrough" && tty) {
    throw new EstibaError("invalid", {
      reason: "log.terminal",
      what: "the 'passthrough' log driver and --tty exclude each other: the container's terminal would go nowhere",
      fix: "leave out one of them",
    });
  }
  if (log.driver === "journald" && !existsSync(JOURNAL_SOCKET)) {
    throw new EstibaError("unsupported", {
      reason: "log.no_journal",
      what: `--log-driver journald: there is no journal here: ${JOURNAL_SOCKET} is missing`,
      fix: "run systemd-journald, or take --log-driver k8s-file",
    });
  }
  if (log.path === undefined || statSync(dirname(log.path), { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw new EstibaError("invalid", {
    reason: "log.no_folder",
    what: `--log-opt path: the folder of "${log.path}" does not exist`,
    fix: `make it first: mkdir -p ${dirname(log.path)}`,
  });
}
