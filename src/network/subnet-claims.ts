import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { hasCode } from "../lib/has-code.ts";
import type { NetworkRecord } from "../state/networks.ts";
import { type Cidr, formatIp, parseCidr } from "./address.ts";
import { rangesOf } from "./bridge-networks.ts";
import type { NetworkRoot } from "./root-id.ts";

// Roots know nothing of each other; a network whose bridge is down shows in no route. So each root leaves a note per subnet here.
const CLAIMS = "/run/estiba-subnets";

/** The subnets that other roots have noted down since boot, whether their bridges exist or not. A root whose folder is gone has none. */
export function claimsOfOthers(root: NetworkRoot, folder: string = CLAIMS): Cidr[] {
  return listClaims(folder).flatMap(({ file, range }) => (isHeldByOther(root, folder, file) ? [range] : []));
}

/** Notes down that the root uses the subnet; false when another root was quicker. Idempotent. */
export function claimSubnet(root: NetworkRoot, range: Cidr, folder: string = CLAIMS): boolean {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const file = `${formatIp(range.address)}-${range.prefix}`;
  const draft = join(folder, `.${crypto.randomUUID()}`);
  writeFileSync(draft, `${root.runRoot}\n`);
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
  for (const range of rangesOf(networks)) if (range.address.length === 4) claimSubnet(root, range);
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
