import { EstibaError } from "../../lib/error.ts";
import { newId } from "../manager/ids.ts";

/** What a token says: whom to trust, and that whoever has it may come. */
type JoinToken = { readonly rootDigest: string; readonly secret: string };

const TOKEN = /^SWMTKN-1-(?<digest>[0-9a-z]{50})-(?<secret>[0-9a-z]{25})$/;

/** A new token, in Swarm's form. */
export function newToken(rootDigest: string): string {
  return `SWMTKN-1-${rootDigest}-${newId()}`;
}

/** Throws `invalid` for what is none. */
export function parseToken(text: string): JoinToken {
  const { digest, secret } = TOKEN.exec(text.trim())?.groups ?? {};
  if (digest !== undefined && secret !== undefined) return { rootDigest: digest, secret };
  throw new EstibaError("invalid", {
    reason: "cluster.bad_token",
    what: "invalid join token",
    fix: "ask a manager for it: estiba swarm join-token worker",
  });
}

/** Whether two tokens are the same, in a time that does not tell where they differ. */
export function sameToken(a: string, b: string): boolean {
  const hash = (text: string): Buffer => new Bun.CryptoHasher("sha256").update(text).digest();
  return crypto.timingSafeEqual(hash(a), hash(b));
}
