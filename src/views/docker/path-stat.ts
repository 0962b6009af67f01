import type { PathStatus } from "../../engine/copy/stat.ts";

// Go's os.FileMode has the type in its high bits, each with one of its own.
const TYPES: Readonly<Record<number, number>> = {
  0o040000: 2 ** 31, // folder
  0o120000: 2 ** 27, // link
  0o060000: 2 ** 26, // block device
  0o020000: 2 ** 26 + 2 ** 21, // character device
  0o010000: 2 ** 25, // fifo
  0o140000: 2 ** 24, // socket
};
const FLAGS: readonly (readonly [mode: number, goMode: number])[] = [
  [0o4000, 2 ** 23],
  [0o2000, 2 ** 22],
  [0o1000, 2 ** 20],
];

type Facts = Readonly<Record<"name" | "mtime", string>> & Readonly<Record<"size" | "mode", number>>;

/** What both APIs tell of a file, with the mode as Go has it. Pure. */
export function pathFacts({ name, status }: PathStatus): Facts {
  const { mode, sizeBytes, modified } = status;
  const type = TYPES[mode & 0o170000] ?? 0;
  const flags = FLAGS.reduce((sum, [bit, goBit]) => sum + ((mode & bit) === 0 ? 0 : goBit), 0);
  const mtime = new Date(modified.seconds * 1000 + Math.floor(modified.nanoseconds / 1e6)).toISOString();
  return { name, size: sizeBytes, mode: type + flags + (mode & 0o777), mtime };
}

/** The header `X-Docker-Container-Path-Stat`. Pure. */
export function pathStatHeader(found: PathStatus): string {
  return base64({ ...pathFacts(found), linkTarget: found.linkTarget });
}

/** A document as a header can carry it. */
export function base64(document: object): string {
  return Buffer.from(JSON.stringify(document)).toString("base64");
}
