import { syscall } from "./syscall.ts";

/**
 * Ends the process at once, without the runtime's own farewell: that would close the databases, and SQLite's last close of a file folds
 * the write-ahead log back in, with two fsyncs that the next command pays for again. Output is written synchronously, so none is lost.
 */
export function exitNow(code: number): never {
  syscall("exit_group", code);
  // Not reached: the call above does not return.
  return process.exit(code);
}
