import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "../../engine/engine.ts";
import type { Credentials } from "../remote/call.ts";
import { makeRequest, renewalTime } from "../trust/authority.ts";

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

/** Gets another certificate when half of the time of this one is over. Throws what the manager says. */
export async function renewWhenDue(engine: Engine, ask: Ask, now: number, signal: AbortSignal): Promise<void> {
  const credentials = readCredentials(engine);
  if (now < renewalTime(credentials.cert)) return;
  const { request, key } = await makeRequest();
  const { cert } = (await ask("/renew", { request }, signal)) as { cert: string };
  writeCredentials(engine, { ca: credentials.ca, cert, key });
}
