import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startByPipe } from "./crun-start.ts";

const place = { folder: "" };
const pipe = (): string => join(place.folder, "c1/exec.fifo");
const start = (path = "/usr/bin/crun"): boolean => startByPipe({ path, stateFolder: place.folder }, "c1");

beforeEach(() => {
  place.folder = mkdtempSync(join(tmpdir(), "estiba-start-"));
  mkdirSync(join(place.folder, "c1"));
  writeFileSync(join(place.folder, "c1/config.json"), "{}");
  expect(Bun.spawnSync(["mkfifo", pipe()]).exitCode).toBe(0);
});
afterEach(() => rmSync(place.folder, { recursive: true }));

test("who waits at the pipe gets one byte, and the pipe is gone", () => {
  const reader = openSync(pipe(), constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    expect(start()).toBe(true);
    const buffer = new Uint8Array(8);
    expect(readSync(reader, buffer)).toBe(1);
    expect(existsSync(pipe())).toBe(false);
  } finally {
    closeSync(reader);
  }
});

test("where nobody waits, or another runtime has made the container, or there are hooks to call, nothing is done", () => {
  expect(start()).toBe(false);
  const reader = openSync(pipe(), constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    expect(start("/usr/bin/runc")).toBe(false);
    writeFileSync(join(place.folder, "c1/config.json"), '{"hooks":{"poststart":[]}}');
    expect(start()).toBe(false);
    expect(existsSync(pipe())).toBe(true);
  } finally {
    closeSync(reader);
  }
  rmSync(join(place.folder, "c1"), { recursive: true });
  expect(start()).toBe(false);
});
