import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { EstibaError } from "../../lib/error.ts";
import type { Item } from "../store/transfer.ts";

/** All of a cluster's state at one moment, the key of its root certificate among it, with what its secrets are encrypted with. */
export type Backup = {
  readonly clusterId: string;
  readonly createdAt: string;
  /** In base64. */
  readonly vaultKey: string;
  readonly items: readonly Item[];
};

const FORMAT = "estiba-cluster-backup";
const VERSION = 1;

type Head = {
  readonly format: string;
  readonly version: number;
  readonly clusterId: string;
  readonly createdAt: string;
  readonly vaultKey: string;
  readonly items: number;
  /** Of all lines below it. */
  readonly sha256: string;
};

/** Writes a backup, whole or not at all, for its owner's eyes: a line that says what it is, then one for each key. */
export function writeBackup(path: string, { clusterId, createdAt, vaultKey, items }: Backup): void {
  const body = items.map(({ key, value }) => `${JSON.stringify([key, value])}\n`).join("");
  const counted = { items: items.length, sha256: hash(body) };
  const head: Head = { format: FORMAT, version: VERSION, clusterId, createdAt, vaultKey, ...counted };
  const draft = `${path}.new`;
  writeFileSync(draft, `${JSON.stringify(head)}\n${body}`, { mode: 0o600, flush: true });
  renameSync(draft, path);
}

/** Throws `invalid` for what is no backup, `corrupt` for one that is not whole, `unsupported` for one of a later version. */
export function readBackup(path: string): Backup {
  const text = readFileSync(path, "utf8");
  const end = text.indexOf("\n");
  const head = headOf(text.slice(0, Math.max(0, end)), path);
  const body = text.slice(end + 1);
  if (hash(body) !== head.sha256) {
    throw new EstibaError("corrupt", {
      reason: "cluster.backup_corrupt",
      what: `${path} is not whole: its lines are not those that were written`,
      fix: "take another backup",
    });
  }
  const items = body.split("\n").flatMap((line): Item[] => {
    if (line === "") return [];
    const [key, value] = JSON.parse(line) as [string, string];
    return [{ key, value }];
  });
  const { clusterId, createdAt, vaultKey } = head;
  return { clusterId, createdAt, vaultKey, items };
}

function headOf(line: string, path: string): Head {
  const head = parsed(line);
  if (head?.format !== FORMAT) {
    throw new EstibaError("invalid", {
      reason: "cluster.no_backup",
      what: `${path} is no backup of a cluster`,
      fix: "name a file that estiba swarm store backup has written",
    });
  }
  if (head.version === VERSION) return head;
  throw new EstibaError("unsupported", {
    reason: "cluster.backup_version",
    what: `${path} is of version ${head.version} of the form of backups; this Estiba knows ${VERSION}`,
    fix: "use the Estiba that has written it, or a later one",
  });
}

function parsed(line: string): Head | undefined {
  try {
    return JSON.parse(line) as Head | undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function hash(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}
