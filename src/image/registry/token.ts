import type { Credentials } from "../../config/auth-file.ts";
import type { Challenge } from "./challenge.ts";
import { type Asked, badReply, responseError } from "./errors.ts";
import { readAll, refuseInward, type Security, send } from "./transport.ts";

/** A bearer token and when it ceases to count (milliseconds since the epoch). */
export type Token = { value: string; expiresAtMs: number };

const MAX_TOKEN_BYTES = 1024 * 1024;
const SHORTEST_LIFE_S = 60;

type TokenRequest = {
  challenge: Challenge;
  credentials: Credentials | undefined;
  /** Where the challenge came from. */
  origin: URL;
  security: Security;
  asked: Asked;
  signal: AbortSignal;
};

/** Fetches the token a Bearer challenge asks for (distribution, "Token Authentication Specification"). The realm must be http(s). */
export async function fetchToken(request: TokenRequest): Promise<Token> {
  const url = realmUrl(request);
  const { credentials, asked, security, signal } = request;
  const headers: Record<string, string> =
    credentials === undefined ? {} : { Authorization: basicAuthorization(credentials) };
  using reply = await send({ url, security, headers, signal, asked: { ...asked, kind: "token" } });
  const body = await readAll(reply, MAX_TOKEN_BYTES, asked.domain);
  if (reply.response.status !== 200) throw responseError(reply.response, body, { ...asked, kind: "token" });
  return parseToken(body, asked.domain);
}

/** The value of an Authorization header for Basic (RFC 7617). */
export function basicAuthorization({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

function realmUrl({ challenge, credentials, origin, security, asked }: TokenRequest): URL {
  const { realm, service, scope } = challenge.parameters;
  const url = URL.parse(realm ?? "");
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw badReply(asked.domain, `a token realm that is no http(s) address: "${(realm ?? "").slice(0, 200)}"`);
  }
  refuseInward(origin, url, asked.domain);
  if (url.protocol === "http:" && origin.protocol === "https:" && !security.plainHttp && credentials !== undefined) {
    throw badReply(asked.domain, `a token realm at ${url.host} that would get your password over plain HTTP`);
  }
  if (service !== undefined) url.searchParams.set("service", service);
  const action = asked.action === "push" ? "pull,push" : "pull";
  if (scope !== undefined) url.searchParams.set("scope", scope);
  // Only to see whether the password is right: no repository is meant.
  else if (asked.action !== "log in") url.searchParams.set("scope", `repository:${asked.repository}:${action}`);
  if (credentials !== undefined) url.searchParams.set("account", credentials.username);
  return url;
}

function parseToken(body: Uint8Array, domain: string): Token {
  let parsed: { token?: unknown; access_token?: unknown; expires_in?: unknown } | null;
  try {
    parsed = JSON.parse(new TextDecoder().decode(body)) as typeof parsed;
  } catch (error) {
    throw badReply(domain, "a token that is not JSON", error);
  }
  const value = parsed?.token ?? parsed?.access_token;
  if (typeof value !== "string" || !/^[\x21-\x7e]+$/.test(value)) throw badReply(domain, "an answer without a token");
  const seconds =
    typeof parsed?.expires_in === "number" ? Math.max(parsed.expires_in, SHORTEST_LIFE_S) : SHORTEST_LIFE_S;
  return { value, expiresAtMs: Date.now() + seconds * 1000 };
}
