import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { makeFolders } from "../host/make-folders.ts";
import { O_CLOEXEC } from "../host/open-flags.ts";
import { IN_USER_NAMESPACE } from "../host/own-ids.ts";
import { userRunFolder } from "../host/rootless/folder.ts";
import { syscall } from "../host/syscall.ts";
import { hasCode } from "../lib/has-code.ts";
import type { NetworkRecord } from "../state/networks.ts";
import { type Cidr, formatIp, overlaps, parseCidr } from "./address.ts";
import { rangesOf } from "./bridge-networks.ts";
import type { NetworkRoot } from "./root-id.ts";

// Roots know nothing of each other; a network whose bridge is down shows in no route. So each root leaves a note per subnet here.
// A rootless engine shares its network with the same user's others only.
const CLAIMS: string = IN_USER_NAMESPACE ? join(userRunFolder(process.env), "subnets") : "/run/estiba-subnets";

const LOCK_EX = 2;
const LOCK_NB = 4;
const PATIENCE_MS = 2_000;
const PAUSE_MS = 1;

/** The subnets that other roots have noted down since boot, whether their bridges exist or not. A root whose folder is gone has none. */
export function claimsOfOthers(root: NetworkRoot, folder: string = CLAIMS): Cidr[] {
  return listClaims(folder).flatMap(({ file, range }) => (isHeldByOther(root, folder, file) ? [range] : []));
}

/** Notes down that the root uses the subnet; false when another root has it, or a part of it. Idempotent. */
export function claimSubnet(root: NetworkRoot, range: Cidr, folder: string = CLAIMS): boolean {
  return (
    claimOne(root, (others) => (others.some((other) => overlaps(other, range)) ? undefined : range), folder) !==
    undefined
  );
}

/** Chooses a subnet by what other roots have noted down, and notes it down before any of them can choose; undefined where none is chosen. */
export function claimOne(
  root: NetworkRoot,
  choose: (others: readonly Cidr[]) => Cidr | undefined,
  folder: string = CLAIMS,
): Cidr | undefined {
  return withFolder(folder, () => {
    const range = choose(claimsOfOthers(root, folder));
    return range !== undefined && note(root, range, folder) ? range : undefined;
  });
}

function note(root: NetworkRoot, range: Cidr, folder: string): boolean {
  const file = `${formatIp(range.address)}-${range.prefix}`;
  const draft = join(folder, `.${crypto.randomUUID()}`);
  writeFileSync(draft, `${root.runRoot}\n`);
  // Every root of this host reads it, and only this one writes it.
  chmodSync(draft, 0o644);
  try {
    // A link appears with its content, or not at all.
    linkSync(draft, join(folder, file));
    return true;
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
    if (isHeldByOther(root, folder, file)) return false;
    // Ours, or left by a root that is gone.
    renameSync(draft, join(folder, file));
    return true;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Notes down the subnets of the networks again, after a reboot took the notes away. A subnet that another root holds stays shared. */
export function claimSubnets(root: NetworkRoot, networks: readonly NetworkRecord[]): void {
  const ranges = rangesOf(networks).filter(({ address }) => address.length === 4);
  if (ranges.length > 0) withFolder(CLAIMS, () => ranges.forEach((range) => note(root, range, CLAIMS)));
}

/** Takes back the note of one subnet; idempotent. */
export function releaseClaim(root: NetworkRoot, range: Cidr, folder: string = CLAIMS): void {
  const file = `${formatIp(range.address)}-${range.prefix}`;
  if (ownerOf(folder, file) === root.runRoot) rmSync(join(folder, file), { force: true });
}

/** Takes back every note of the root. */
export function releaseClaims(root: NetworkRoot, folder: string = CLAIMS): void {
  for (const { file } of listClaims(folder)) {
    if (ownerOf(folder, file) === root.runRoot) rmSync(join(folder, file), { force: true });
  }
  if (existsSync(folder)) withFolder(folder, () => removeEmpty(folder));
}

/**
 * Does something while no other process does so, with the folder there. What is done is short and waits for nobody; who is stopped over it
 * for long does not keep the others: then the notes alone decide.
 */
function withFolder<T>(folder: string, work: () => T): T {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const fd = openFolder(folder, performance.now() < deadline);
    if (fd === undefined) continue;
    try {
      while (syscall("flock", fd, LOCK_EX | LOCK_NB) < 0 && performance.now() < deadline) Bun.sleepSync(PAUSE_MS);
      // The last one to leave may have taken the folder away that we waited for.
      if (statSync(folder, { throwIfNoEntry: false })?.ino === fstatSync(fd).ino) return work();
    } finally {
      closeSync(fd);
    }
  }
}

// Undefined where another root has just taken it away.
function openFolder(folder: string, mayGo: boolean): number | undefined {
  try {
    makeFolders(folder, 0o755);
    return openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY | O_CLOEXEC);
  } catch (error) {
    // EEXIST: it was there, and was not when Bun looked what it was.
    if (mayGo && hasCode(error, "ENOENT", "EEXIST")) return undefined;
    throw error;
  }
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    // Other roots have claims there, or nobody ever had one.
    if (!hasCode(error, "ENOTEMPTY", "ENOENT", "EEXIST")) throw error;
  }
}

function listClaims(folder: string): { file: string; range: Cidr }[] {
  try {
    return readdirSync(folder).flatMap((file) => {
      const range = parseCidr(file.replace("-", "/"));
      return range === undefined ? [] : [{ file, range }];
    });
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  }
}

function isHeldByOther(root: NetworkRoot, folder: string, file: string): boolean {
  const owner = ownerOf(folder, file);
  return owner !== undefined && owner !== root.runRoot && existsSync(owner);
}

function ownerOf(folder: string, file: string): string | undefined {
  try {
    return readFileSync(join(folder, file), "utf8").trim();
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}
