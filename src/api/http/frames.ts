/** The streams of a multiplexed body, by their number in a frame's header. */
const STREAMS = { stdout: 1, stderr: 2 } as const;

const HEADER_BYTES = 8;

/** A frame of a multiplexed body: `[stream, 0, 0, 0, length as 32 bits, most significant first]`, then the bytes. Source: Docker's attach. */
export function frame(stream: "stdout" | "stderr", bytes: Uint8Array): Uint8Array {
  const framed = Buffer.allocUnsafe(HEADER_BYTES + bytes.length);
  framed.writeUInt32BE(STREAMS[stream] * 0x01000000, 0);
  framed.writeUInt32BE(bytes.length, 4);
  framed.set(bytes, HEADER_BYTES);
  return framed;
}

/** The types of the two kinds of streams. Clients below 1.42 know only the raw one, and tell by the container's terminal. */
export function streamType(tty: boolean, version: number): string {
  const raw = tty || version < FIRST_MULTIPLEXED;
  return raw ? RAW_STREAM : "application/vnd.docker.multiplexed-stream";
}

/** What a hijacked connection without `Upgrade` is always called. */
export const RAW_STREAM = "application/vnd.docker.raw-stream";

const FIRST_MULTIPLEXED = 42;
