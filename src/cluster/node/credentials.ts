import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "../../engine/engine.ts";
import type { Certified } from "../manager/certify.ts";
import type { Credentials } from "../remote/call.ts";
import { makeRequest, renewalTime } from "../trust/authority.ts";
import { trustMark } from "../trust/rotation.ts";

type Kept = Required<Credentials>;
type Ask = (path: string, body: unknown, signal: AbortSignal) => Promise<unknown>;

function pathOf({ paths }: Engine): string {
  return join(paths.cluster, "credentials.json");
}

/** What a worker proves itself with. */
export function readCredentials(engine: Engine): Kept {
  return JSON.parse(readFileSync(pathOf(engine), "utf8")) as Kept;
}

/** Whole or not at all: a certificate without its key would lock the node out. */
export function writeCredentials(engine: Engine, credentials: Kept): void {
  const draft = `${pathOf(engine)}.new`;
  writeFileSync(draft, JSON.stringify(credentials), { mode: 0o600, flush: true });
  renameSync(draft, pathOf(engine));
}

/** The mark of those whom this worker trusts. */
export function ownTrust(engine: Engine): string {
  return trustMark(readCredentials(engine).ca);
}

/**
 * Gets another certificate when half of the time of this one is over, or when others are to be trusted than now (`trust`). Throws what the
 * manager says.
 */
export async function renewWhenDue(
  engine: Engine,
  ask: Ask,
  { trust, signal }: { readonly trust: string | undefined; readonly signal: AbortSignal },
): Promise<void> {
  const credentials = readCredentials(engine);
  if (Date.now() < renewalTime(credentials.cert) && (trust ?? ownTrust(engine)) === ownTrust(engine)) return;
  const { request, key } = await makeRequest();
  // A manager of an earlier version has one root only.
  const { cert, ca = credentials.ca } = (await ask("/renew", { request }, signal)) as Pick<Certified, "cert"> &
    Partial<Certified>;
  writeCredentials(engine, { ca, cert, key });
}
