import { describeError, isEstibaError } from "../../lib/error.ts";
import { logDebug } from "../../lib/log.ts";
import { statusOf } from "../status.ts";
import { ApiError, badRequest } from "./api-error.ts";
import { readJson } from "./body.ts";
import type { Call, Handler, Reply, Service } from "./call.ts";
import { Query } from "./query.ts";
import type { Router } from "./router.ts";

/** The newest and the oldest version that is spoken: 1.N. */
export const NEWEST = 50;
export const OLDEST = 24;

/** The version of Podman's own API, which its clients hold against theirs: they speak to any from 4.0.0 on. */
export const LIBPOD: string = "5.0.0";
const LIBPOD_MAJOR = Number.parseInt(LIBPOD, 10);
const JSON_TYPE = "application/json";
const LIBPOD_PATH = /^(?:\/v[\d.]+)?\/libpod\//;

/** A request as either way of reading requests has it. */
export type Incoming = {
  readonly method: string;
  readonly target: string;
  readonly headers: Call["headers"];
  readonly body: AsyncIterable<Uint8Array>;
  readonly signal: AbortSignal;
  /** Told the route's pattern, as soon as it is known. */
  readonly routed: (pattern: string) => void;
};

/** Finds the handler of a request and has it answer; every error is an answer, too. */
export async function dispatch(router: Router, service: Service, incoming: Incoming): Promise<Reply> {
  const ofPodman = LIBPOD_PATH.test(incoming.target);
  try {
    const reply = await answer(router, service, incoming);
    return ofPodman && !("hijack" in reply) ? withLibpodVersion(reply) : reply;
  } catch (error) {
    return ofPodman ? withLibpodVersion(libpodErrorReply(error)) : errorReply(error);
  }
}

type Headed = Exclude<Reply, { hijack: unknown }>;

function withLibpodVersion(reply: Headed): Headed {
  return { ...reply, headers: { "Libpod-API-Version": LIBPOD, ...reply.headers } };
}

async function answer(router: Router, service: Service, incoming: Incoming): Promise<Reply> {
  const { method, target, headers, body, signal } = incoming;
  const [rawPath, query] = splitAt(target, "?");
  const { path, version, podman } = versionOf(rawPath);
  const found = router(method, path);
  if (found === undefined) throw new ApiError(404, "page not found");
  incoming.routed(found.pattern);
  const params = Object.fromEntries(Object.entries(found.params).map(([name, text]) => [name, decoded(text)]));
  const handler: Handler = await found.load();
  return await handler({
    service,
    engine: service.engine(),
    method,
    params,
    query: new Query(query),
    version,
    podman,
    headers,
    body,
    signal,
    // Podman's clients do not say what they send.
    json: async () => await readJson(body, path.startsWith("/libpod/") ? JSON_TYPE : single(headers["content-type"])),
  });
}

/** Takes `/v1.41` off a path. Throws 400 for a version that is not spoken. */
function versionOf(path: string): { path: string; version: number; podman: number } {
  const [, version, minor, rest = ""] = /^\/v(1\.(\d+))(\/.*)$/.exec(path) ?? [];
  if (version === undefined) {
    const [, other, below = ""] = /^\/v([\d.]+)(\/.*)$/.exec(path) ?? [];
    // Versions of Podman's own part are Podman's.
    if (other === undefined || below.startsWith("/libpod/"))
      return { path: below === "" ? path : below, version: NEWEST, podman: Number.parseInt(other ?? LIBPOD, 10) };
    if (Number(other.split(".")[0]) < 1) throw tooOld(other);
    throw tooNew(other);
  }
  const number = Number(minor);
  if (rest.startsWith("/libpod/")) return { path: rest, version: NEWEST, podman: LIBPOD_MAJOR };
  if (number > NEWEST) throw tooNew(version);
  if (number < OLDEST) throw tooOld(version);
  return { path: rest, version: number, podman: LIBPOD_MAJOR };
}

function tooNew(version: string): ApiError {
  return badRequest(`client version ${version} is too new. Maximum supported API version is 1.${NEWEST}`);
}

function tooOld(version: string): ApiError {
  return badRequest(
    `client version ${version} is too old. Minimum supported API version is 1.${OLDEST}, please upgrade your client to a newer version`,
  );
}

function splitAt(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

function decoded(text: string): string {
  try {
    const value = decodeURIComponent(text);
    if (!value.includes("\0")) return value;
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
  }
  throw badRequest(`invalid path: ${text.slice(0, 200)}`);
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

/** What another Estiba makes the same error of again; Docker's clients read the message alone. */
function detailsOf(error: unknown): object {
  if (!isEstibaError(error)) return {};
  const { code, reason, fix } = error;
  return { estiba: { code, reason, ...(fix === undefined ? {} : { fix }) } };
}

/** The answer that an error is: `{"message"}` with its status. */
export function errorReply(error: unknown): Headed {
  return { status: failureStatus(error), json: { message: describeError(error), ...detailsOf(error) } };
}

/** The same to Podman's clients: with what lies underneath, and the status again. */
function libpodErrorReply(error: unknown): Headed {
  const status = failureStatus(error);
  const message = describeError(error);
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : message;
  return { status, json: { cause: cause.split(": ").at(-1) ?? cause, message, response: status } };
}

function failureStatus(error: unknown): number {
  const status = error instanceof ApiError ? error.status : statusOf(error);
  if (status >= 500) logDebug(() => `request failed: ${error instanceof Error ? error.stack : String(error)}`);
  return status;
}
