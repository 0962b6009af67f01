import { startSession } from "../../engine/exec-detached.ts";
import { openAttachStream } from "../../runtime/attach-stream.ts";
import type { ExecOptions, Output } from "../contract.ts";
import type { Opened } from "./opened.ts";

/** Runs a command in a running container to its end, with its output apart and whole in memory. */
export async function execToEnd(
  { engine }: Opened,
  id: string,
  command: readonly string[],
  options: ExecOptions,
): Promise<Output> {
  options.signal?.throwIfAborted();
  const session = await startSession(engine, id, {
    spec: {
      args: command,
      env: Object.entries(options.env ?? {}).map(([key, value]) => `${key}=${value}`),
      user: options.user,
      workdir: options.workdir,
      tty: false,
      privileged: options.privileged ?? false,
    },
    interactive: options.input !== undefined,
    attach: true,
    pass: [],
    connect: openAttachStream,
  });
  const { attachment } = session;
  if (attachment === undefined) throw new Error("the command was started without its output");
  const pieces = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  const leave = (): void => attachment[Symbol.dispose]();
  options.signal?.addEventListener("abort", leave, { once: true });
  // It may have been aborted while the command was started.
  if (options.signal?.aborted === true) leave();
  try {
    const fed = feed(attachment, options.input);
    for await (const { stream, bytes } of attachment.output()) pieces[stream].push(bytes);
    options.signal?.throwIfAborted();
    await fed;
    const stdout = Buffer.concat(pieces.stdout);
    const stderr = Buffer.concat(pieces.stderr);
    return { exitCode: await session.ended(), stdout, stderr, text: stdout.toString("utf8") };
  } finally {
    options.signal?.removeEventListener("abort", leave);
    leave();
  }
}

type Input = Pick<ReturnType<typeof openAttachStream>, "send" | "endInput">;

async function feed(attachment: Input, input: string | Uint8Array | undefined): Promise<void> {
  if (input === undefined) return;
  await attachment.send(typeof input === "string" ? Buffer.from(input) : input);
  attachment.endInput();
}
