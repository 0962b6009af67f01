import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { NetworkRecord } from "../state/networks.ts";
import { type Cidr, formatIp, parseCidr } from "./address.ts";
import { rangesOf } from "./bridge-networks.ts";
import type { NetworkRoot } from "./root-id.ts";

// Roots know nothing of each other; a network whose bridge is down shows in no route. So each root leaves a note per subnet here.
const CLAIMS = "/run/estiba-subnets";

/** The subnets that other roots have noted down since boot, whether their bridges exist or not. */
export function claimsOfOthers(root: NetworkRoot, folder: string = CLAIMS): Cidr[] {
  return listClaims(folder).flatMap(({ file, range }) => (ownerOf(folder, file) === root.runRoot ? [] : [range]));
}

/** Notes down that the root uses the subnet; false when another root was quicker. Idempotent. */
export function claimSubnet(root: NetworkRoot, range: Cidr, folder: string = CLAIMS): boolean {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const file = `${formatIp(range.address)}-${range.prefix}`;
  try {
    writeFileSync(join(folder, file), `${root.runRoot}\n`, { flag: "wx" });
    return true;
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
    return ownerOf(folder, file) === root.runRoot;
  }
}

/** Notes down the subnets of the networks again, after a reboot took the notes away. A subnet that another root holds stays shared. */
export function claimSubnets(root: NetworkRoot, networks: readonly NetworkRecord[]): void {
  for (const range of rangesOf(networks)) if (range.address.length === 4) claimSubnet(root, range);
}

/** Takes back every note of the root. */
export function releaseClaims(root: NetworkRoot, folder: string = CLAIMS): void {
  for (const { file } of listClaims(folder)) {
    if (ownerOf(folder, file) === root.runRoot) rmSync(join(folder, file), { force: true });
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

function ownerOf(folder: string, file: string): string | undefined {
  try {
    return readFileSync(join(folder, file), "utf8").trim();
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
