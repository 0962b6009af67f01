import { fsync, read, write } from "node:fs";

/**
 * Reads at most `buffer.length` bytes from the descriptor's present position, on the thread pool: for pipes, sockets and terminals, which
 * node:fs/promises cannot open by descriptor. Returns the count, 0 at the end. Rejects with the system's error.
 */
export function readFd(fd: number, buffer: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, buffer, 0, buffer.length, null, (error, count) => (error === null ? resolve(count) : reject(error)));
  });
}

/** Writes some of the bytes at the descriptor's present position and returns how many, as one write(2) does. */
export function writeFd(fd: number, bytes: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, 0, bytes.length, null, (error, count) => (error === null ? resolve(count) : reject(error)));
  });
}

/** fsync(2) on the thread pool. */
export function fsyncFd(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fsync(fd, (error) => (error === null ? resolve() : reject(error)));
  });
}
