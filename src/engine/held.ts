import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

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
