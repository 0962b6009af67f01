import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";

/** A failure whose message is all the reader needs: no stack trace is printed for it. */
export class SetupError extends Error {}

/**
 * Does one step of the set-up and prints one line with the time it took.
 * `work` returns what it did, or undefined when nothing was to be done: then no line is printed.
 */
export function step(name, work) {
  const started = performance.now();
  const done = work(() => process.stdout.isTTY && process.stdout.write(`  ${name} ...\r`));
  if (done === undefined) return false;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`  ${name.padEnd(16)} ${seconds.padStart(6)} s  ${done}\n`);
  return true;
}

/** Runs a program and returns its standard output; a failure shows all it said. */
export function run(argv, options = {}) {
  const [file, ...args] = argv;
  const result = spawnSync(file, args, {
    encoding: "utf8",
    maxBuffer: 1 << 26,
    stdio: ["inherit", "pipe", "pipe"],
    ...options,
  });
  if (result.error !== undefined) throw new SetupError(`cannot run ${file}: ${result.error.message}`);
  if (result.status !== 0) {
    const said = `${result.stdout ?? ""}${result.stderr ?? ""}`.trimEnd();
    throw new SetupError(`${argv.join(" ")} failed (${result.signal ?? `exit ${result.status}`})\n${said}`);
  }
  return result.stdout;
}

/** The full path of a program in PATH (and the sbin folders, which users often lack), or undefined. */
export function findProgram(name) {
  const folders = [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/sbin", "/usr/local/sbin"];
  return folders
    .filter((folder) => folder !== "")
    .map((folder) => `${folder}/${name}`)
    .find(isExecutable);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch (error) {
    if (["ENOENT", "EACCES", "ENOTDIR"].includes(error.code)) return false;
    throw error;
  }
}

/** The words to put before a command that needs root: none for root, sudo for others. */
export function asRoot(why) {
  if (process.getuid() === 0) return [];
  if (findProgram("sudo") === undefined) {
    throw new SetupError(`${why} needs root, and there is no sudo here\n  fix: run this as root, or install sudo`);
  }
  if (spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status === 0) return ["sudo", "-n"];
  if (process.stdin.isTTY) return ["sudo"];
  throw new SetupError(
    `${why} needs root, and sudo wants a password but there is no terminal\n  fix: run this as root, or allow sudo without a password`,
  );
}
