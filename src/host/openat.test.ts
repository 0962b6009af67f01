import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isEstibaError } from "../lib/error.ts";
import { mkdirInRoot, openInRoot, openMadeFile, openRoot, readFileInRoot } from "./openat.ts";

let folder = "";
let root = "";
let fd = -1;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "estiba-openat-"));
  root = join(folder, "root");
  mkdirSync(root);
  writeFileSync(join(folder, "canary"), "outside");
  fd = openRoot(root);
});

afterEach(() => {
  closeSync(fd);
  rmSync(folder, { recursive: true, force: true });
});

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (isEstibaError(error)) return error.code;
    throw error;
  }
  return "no error";
}

test("a file is read through absolute links and dots without leaving the root", () => {
  mkdirSync(join(root, "etc"));
  writeFileSync(join(root, "etc/passwd"), "inside");
  symlinkSync("/etc", join(root, "link"));
  for (const path of ["/etc/passwd", "link/passwd", "../../etc/passwd", "/link/../etc/passwd"]) {
    expect(new TextDecoder().decode(readFileInRoot(fd, path, { maxBytes: 100 }))).toBe("inside");
  }
  symlinkSync("../../canary", join(root, "climb"));
  expect(codeOf(() => readFileInRoot(fd, "climb", { maxBytes: 100 }))).toBe("not_found");
  symlinkSync("/proc/self/fd/0", join(root, "magic"));
  expect(codeOf(() => openInRoot(fd, "magic", 0))).toBe("not_found");
});

test("only regular files up to the cap are read", async () => {
  writeFileSync(join(root, "long"), "x".repeat(101));
  expect(codeOf(() => readFileInRoot(fd, "long", { maxBytes: 100 }))).toBe("invalid");
  expect(readFileInRoot(fd, "long", { maxBytes: 101 }).length).toBe(101);
  await Bun.spawn(["mkfifo", join(root, "fifo")]).exited;
  expect(codeOf(() => readFileInRoot(fd, "fifo", { maxBytes: 100 }))).toBe("invalid");
  expect(codeOf(() => readFileInRoot(fd, "/", { maxBytes: 100 }))).toBe("invalid");
  symlinkSync("long", join(root, "short"));
  expect(codeOf(() => readFileInRoot(fd, "short", { maxBytes: 200, noFollow: true }))).toBe("invalid");
  expect(codeOf(() => readFileInRoot(fd, "a\0b", { maxBytes: 200 }))).toBe("invalid");
  symlinkSync("loop", join(root, "loop"));
  expect(codeOf(() => readFileInRoot(fd, "loop", { maxBytes: 200 }))).toBe("invalid");
});

test("folders are made with the exact mode, through dangling links and inside the root only", () => {
  const umask = process.umask(0o077);
  try {
    mkdirInRoot(fd, "/a/b/c", 0o777);
    expect(statSync(join(root, "a/b")).mode & 0o7777).toBe(0o777);
    symlinkSync("/../../data/deep", join(root, "work"));
    mkdirInRoot(fd, "work/app", 0o755);
    expect(statSync(join(root, "data/deep/app")).mode & 0o7777).toBe(0o755);
    symlinkSync("../data", join(root, "a/back"));
    mkdirInRoot(fd, "a/back/more/../other", 0o755);
    expect(existsSync(join(root, "data/other"))).toBe(true);
    mkdirInRoot(fd, "/", 0o755);
    mkdirInRoot(fd, "../..", 0o755);
  } finally {
    process.umask(umask);
  }
  expect(existsSync(join(folder, "data"))).toBe(false);
});

test("what is not a folder is never replaced", () => {
  writeFileSync(join(root, "file"), "kept");
  expect(codeOf(() => mkdirInRoot(fd, "file/sub", 0o755))).toBe("conflict");
  expect(codeOf(() => mkdirInRoot(fd, "file", 0o755))).toBe("conflict");
  expect(readFileSync(join(root, "file"), "utf8")).toBe("kept");
  symlinkSync("turn", join(root, "turn"));
  expect(codeOf(() => mkdirInRoot(fd, "turn/x", 0o755))).toBe("invalid");
});

test("a mount target file is made empty once, through a dangling link inside the root", () => {
  closeSync(openMadeFile(fd, "/run/secrets/token", 0o400));
  expect(statSync(join(root, "run/secrets/token")).mode & 0o7777).toBe(0o400);
  symlinkSync("/../../canary", join(root, "hosts"));
  closeSync(openMadeFile(fd, "hosts", 0o644));
  expect(statSync(join(root, "canary")).size).toBe(0);
  expect(readFileSync(join(folder, "canary"), "utf8")).toBe("outside");
  writeFileSync(join(root, "full"), "kept");
  closeSync(openMadeFile(fd, "full", 0o644));
  expect(readFileSync(join(root, "full"), "utf8")).toBe("kept");
  expect(codeOf(() => openMadeFile(fd, "run", 0o644))).toBe("conflict");
  expect(codeOf(() => openMadeFile(fd, "/", 0o644))).toBe("conflict");
});
