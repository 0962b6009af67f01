import { must } from "./errno.ts";
import { O_CLOEXEC } from "./open-flags.ts";

/** The two ends of a pipe, which no child inherits unasked. The caller closes them. */
export function makePipe(): { readonly reader: number; readonly writer: number } {
  const fds = new Int32Array(2);
  must("cannot make a pipe", "pipe2", fds, O_CLOEXEC);
  return { reader: fds[0] ?? -1, writer: fds[1] ?? -1 };
}
