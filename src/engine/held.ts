import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { folderNames } from "../host/folder-names.ts";
import { isAlive, startTicksOf } from "../host/process.ts";

const BOOT_ID = "/proc/sys/kernel/random/boot_id";

/** Writes down that somebody wants what is mounted in this folder of ours to stay, until the next boot at most. */
export function hold(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, "held"), readFileSync(BOOT_ID), { mode: 0o600 });
}

/** Takes {@link hold} back; tells whether it was held. */
export function letGo(folder: string): boolean {
  const held = isHeld(folder);
  rmSync(join(folder, "held"), { force: true });
  return held;
}

/** Whether what is mounted in this folder is held by hand, in this boot. */
export function isHeld(folder: string): boolean {
  const mark = join(folder, "held");
  return existsSync(mark) && readFileSync(mark, "utf8") === readFileSync(BOOT_ID, "utf8");
}

const USER = /^used-by-(\d+)\.(\d+)-/;

/** Like {@link hold}, but only until this is disposed, or this process ends however that is. */
export function holdForNow(folder: string): Disposable {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // What killed processes left.
  for (const name of folderNames(folder))
    if (USER.test(name) && !isUser(name)) rmSync(join(folder, name), { force: true });
  const mark = join(folder, `used-by-${process.pid}.${startTicksOf(process.pid)}-${crypto.randomUUID()}`);
  writeFileSync(mark, "", { mode: 0o600 });
  return { [Symbol.dispose]: () => rmSync(mark, { force: true }) };
}

/** Whether a live process holds what is mounted in this folder for now. */
export function isHeldForNow(folder: string): boolean {
  return folderNames(folder).some(isUser);
}

function isUser(name: string): boolean {
  const [, pid, startTicks] = USER.exec(name) ?? [];
  return pid !== undefined && isAlive({ pid: Number(pid), startTicks: Number(startTicks) });
}
