import { isEstibaError } from "../../lib/error.ts";
import { parseHeader } from "../../storage/tar/header.ts";

/** The size of a tar header. */
export const HEADER_BYTES = 512;

/** Whether data that begins like this is a tar archive with something in it. Pure. */
export function isTarHeader(head: Uint8Array): boolean {
  const block = head.subarray(0, HEADER_BYTES);
  // An empty archive is copied as a file, as every builder does.
  if (block.byteLength < HEADER_BYTES || block.every((byte) => byte === 0)) return false;
  try {
    parseHeader(block);
    return true;
  } catch (error) {
    if (isEstibaError(error, "corrupt", "invalid")) return false;
    throw error;
  }
}
