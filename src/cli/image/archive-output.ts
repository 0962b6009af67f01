import { closeSync, constants, fstatSync, openSync, renameSync, rmSync } from "node:fs";
import { writeFd } from "../../host/fd-io.ts";
import { EstibaError } from "../../lib/error.ts";
import { hasCode } from "../../lib/has-code.ts";

/**
 * Writes an archive to a file or, without one, to stdout, which must be no terminal. A file gets its name only when it is whole: what was
 * there stays until then. Throws `invalid` for a terminal, `not_found` for a folder that is missing; a reader that goes early is no error.
 */
export async function writeArchive(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  path: string | undefined,
): Promise<void> {
  if (path === undefined) {
    if (process.stdout.isTTY) throw terminal();
    await pour(chunks, 1);
    return;
  }
  const special = isSpecial(path);
  const temporary = special ? path : `${path}.part-${process.pid}`;
  const fd = open(temporary, path, special);
  try {
    await pour(chunks, fd);
    if (!special) renameSync(temporary, path);
  } catch (error) {
    if (!special) rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** Writes every byte, waiting where the reader is slow; what comes next is read meanwhile. */
async function pour(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, fd: number): Promise<void> {
  let writing = Promise.resolve(true);
  try {
    for await (const chunk of chunks) {
      if (!(await writing)) return;
      writing = writeWhole(fd, chunk);
      // Its error is thrown where it is waited for, not while the next chunk is read.
      writing.catch(() => undefined);
    }
  } finally {
    // The descriptor must not be closed under it.
    await Promise.allSettled([writing]);
  }
  await writing;
}

/** False when nobody reads any more. */
async function writeWhole(fd: number, chunk: Uint8Array): Promise<boolean> {
  for (let done = 0; done < chunk.length; ) {
    try {
      done += await writeFd(fd, done === 0 ? chunk : chunk.subarray(done));
    } catch (error) {
      if (hasCode(error, "EPIPE")) return false;
      if (!hasCode(error, "EAGAIN")) throw full(error);
      await Bun.sleep(1);
    }
  }
  return true;
}

// A device or pipe, such as /dev/stdout or what a shell's >( ) gives, is written as it is.
function isSpecial(path: string): boolean {
  try {
    const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    try {
      return !fstatSync(fd).isFile();
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENXIO", "EISDIR", "EACCES", "ENOTDIR")) return hasCode(error, "ENXIO");
    throw error;
  }
}

function open(temporary: string, path: string, special: boolean): number {
  const flags = constants.O_WRONLY | (special ? 0 : constants.O_CREAT | constants.O_TRUNC);
  try {
    return openSync(temporary, flags, 0o644);
  } catch (error) {
    throw new EstibaError(hasCode(error, "ENOENT", "ENOTDIR") ? "not_found" : "invalid", {
      reason: "cli.output",
      what: `cannot write "${path}"`,
      cause: error,
      fix: "name a file in a folder that exists",
    });
  }
}

function full(error: unknown): unknown {
  if (!hasCode(error, "ENOSPC", "EDQUOT")) return error;
  return new EstibaError("exhausted", { reason: "cli.disk_full", what: "there is no space left for it", cause: error });
}

function terminal(): EstibaError {
  return new EstibaError("invalid", {
    reason: "cli.terminal_output",
    what: "refusing to write an archive to a terminal",
    fix: "use -o FILE, or send stdout elsewhere",
  });
}
