import { hideInput } from "../../host/terminal.ts";
import { EstibaError } from "../../lib/error.ts";
import type { Cli } from "../context.ts";
import { catchInterrupt } from "./interrupt.ts";

const STDIN = 0;

/** Asks for a line at the terminal. Throws `cancelled` on Ctrl-C or at the end of the input. */
export async function askLine(cli: Cli, question: string): Promise<string> {
  cli.err(question);
  return await readLine();
}

/** {@link askLine} without showing what is typed. */
export async function askHidden(cli: Cli, question: string): Promise<string> {
  cli.err(question);
  using _ = hideInput(STDIN);
  try {
    return await readLine();
  } finally {
    cli.err("\n");
  }
}

async function readLine(): Promise<string> {
  using interrupt = catchInterrupt();
  const { signal } = interrupt;
  const aborted = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => aborted.reject(signal.reason));
  const reader = Bun.stdin.stream().getReader();
  try {
    for (let text = ""; ; ) {
      const { value, done } = await Promise.race([reader.read(), aborted.promise]);
      text += value === undefined ? "" : new TextDecoder().decode(value);
      const end = text.indexOf("\n");
      if (end >= 0) return text.slice(0, end).replace(/\r$/, "");
      if (done) throw new EstibaError("cancelled", { reason: "cli.interrupted", what: "the input ended" });
    }
  } finally {
    reader.releaseLock();
  }
}
