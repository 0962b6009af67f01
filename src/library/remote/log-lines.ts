import type { ApiClient } from "../../client/api-client.ts";
import type { LogLine, Signalled } from "../contract.ts";

type Wish = Signalled & { readonly follow?: boolean; readonly tail?: number; readonly tty: boolean };

/** The lines of a container's log, each stream's joined from their pieces; ends quietly at the signal. */
export async function* logLines(client: ApiClient, id: string, wish: Wish): AsyncGenerator<LogLine, void> {
  const { follow = false, tail, signal, tty } = wish;
  const begun: Record<LogLine["stream"], Buffer> = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  const output = client.output(`/containers/${id}/logs`, {
    query: { stdout: true, stderr: true, timestamps: true, follow, tail: tail ?? "all" },
    tty,
    signal,
  });
  try {
    for await (const { stream, bytes } of output) {
      let pending = begun[stream].length === 0 ? bytes : Buffer.concat([begun[stream], bytes]);
      for (let end = pending.indexOf("\n"); end >= 0; end = pending.indexOf("\n")) {
        const line = pending.subarray(0, end);
        pending = pending.subarray(end + 1);
        yield lineOf(stream, line);
      }
      begun[stream] = pending;
    }
  } catch (error) {
    if (signal?.aborted !== true) throw error;
    return;
  }
  for (const stream of ["stdout", "stderr"] as const) if (begun[stream].length > 0) yield lineOf(stream, begun[stream]);
}

function lineOf(stream: LogLine["stream"], line: Buffer): LogLine {
  const space = line.indexOf(" ");
  return {
    stream,
    at: new Date(line.subarray(0, space).toString("latin1")),
    text: line
      .subarray(space + 1)
      .toString("utf8")
      .replace(/\r$/, ""),
  };
}
