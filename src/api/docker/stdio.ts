import type { Attachment } from "../../runtime/attach.ts";
import { detachSieve } from "../../runtime/detach-keys.ts";
import type { Hijacked } from "../http/call.ts";
import { frame } from "../http/frames.ts";

/** Which of a container's streams the client wants. */
export type WantedStreams = { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };

type Joining = {
  /** Whether each piece of output says which stream it is of. */
  readonly framed: boolean;
  readonly wanted: WantedStreams;
  /** As bytes; none where they cannot be typed. */
  readonly keys: readonly number[];
};

/**
 * Joins a client's connection to a container's stdio, until the output ends, the client has gone, or it has typed the detach keys. A client
 * that reads slowly makes conmon wait, as a slow terminal would. Gives how it ended.
 */
export async function joinStdio(
  connection: Hijacked,
  attachment: Attachment,
  { framed, wanted, keys }: Joining,
): Promise<"ended" | "gone" | "detached"> {
  const left = Promise.withResolvers<"gone" | "detached">();
  const leave = (): void => left.resolve("gone");
  connection.signal.addEventListener("abort", leave, { once: true });
  if (connection.signal.aborted) leave();
  if (wanted.stdin) {
    forwardInput(connection, attachment, keys).then(
      (how) => (how === "detached" ? left.resolve("detached") : undefined),
      left.reject,
    );
  }
  try {
    return await Promise.race([copyOutput(connection, attachment, { framed, wanted }), left.promise]);
  } finally {
    connection.signal.removeEventListener("abort", leave);
  }
}

async function copyOutput(
  connection: Hijacked,
  attachment: Attachment,
  { framed, wanted }: Pick<Joining, "framed" | "wanted">,
): Promise<"ended" | "gone"> {
  for await (const { stream, bytes } of attachment.output()) {
    if (!wanted[stream]) continue;
    if (!(await connection.write(framed ? frame(stream, bytes) : bytes))) return "gone";
  }
  return "ended";
}

async function forwardInput(
  { input }: Hijacked,
  attachment: Attachment,
  keys: readonly number[],
): Promise<"ended" | "detached"> {
  const sift = detachSieve(keys);
  for await (const bytes of input) {
    const { passed, detached } = sift(bytes);
    if (passed.length > 0) await attachment.send(passed);
    if (detached) return "detached";
  }
  attachment.endInput();
  return "ended";
}
