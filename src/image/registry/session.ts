import type { Credentials } from "../../config/auth-file.ts";
import { isEstibaError } from "../../lib/error.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import { type Asked, badReply, responseError, unauthenticated } from "./errors.ts";
import { withRetry } from "./retry.ts";
import { basicAuthorization, fetchToken, type Token } from "./token.ts";
import {
  type Body,
  type Certificates,
  type HttpMethod,
  type HttpReply,
  isLoopback,
  readAll,
  refuseInward,
  type Security,
  send,
} from "./transport.ts";

/** How one registry is reached, and what for. */
export type RegistryAccess = {
  /** Host and port, as in the reference. */
  readonly domain: string;
  readonly credentials: Credentials | undefined;
  /**
   * `verify`: HTTPS with a trusted certificate; loopback addresses may also answer over plain HTTP. `strict`: HTTPS with a trusted
   * certificate everywhere. `insecure`: HTTPS with any certificate, else plain HTTP.
   */
  readonly tls: "verify" | "strict" | "insecure";
  readonly certificates?: Certificates | undefined;
  /** `pull` where it is absent. */
  readonly action?: "pull" | "push" | "log in";
};

const MAX_ERROR_BYTES = 1024 * 1024;

/** Where docker.io's registry really is. */
const DOCKER_HUB = "registry-1.docker.io";

/**
 * A conversation with one registry about one repository: finds the scheme, answers challenges, keeps the token and renews it when it
 * runs out in the middle of a transfer.
 */
export class RegistrySession {
  readonly domain: string;
  readonly #access: RegistryAccess;
  readonly #repository: string;
  #base: Promise<Endpoint> | undefined;
  #authorization: Promise<Authorization> | undefined;

  constructor(access: RegistryAccess, repository: string) {
    this.domain = access.domain;
    this.#access = access;
    this.#repository = repository;
  }

  /**
   * Asks for `/v2/<repository>/<path>`, for a path of the registry (with a slash), or for an address that it gave, and returns an answer below 400 or one that is expected.
   * Throws the typed error of the registry's answer; retries what passes by itself. The caller disposes the reply.
   */
  async request(
    target: string | URL,
    asked: Pick<Asked, "kind" | "name">,
    options: RequestOptions,
  ): Promise<HttpReply> {
    return await withRetry(options.signal, () => this.requestOnce(target, asked, options));
  }

  /** {@link request} without another try. */
  async requestOnce(
    target: string | URL,
    asked: Pick<Asked, "kind" | "name">,
    options: RequestOptions,
  ): Promise<HttpReply> {
    const { action = "pull" } = this.#access;
    const full: Asked = { ...asked, domain: this.domain, repository: this.#repository, action };
    const reply = await this.#authorized(target, full, options);
    const { status } = reply.response;
    if (status < 400 || options.expected?.includes(status) === true) return reply;
    using failed = reply;
    throw responseError(failed.response, await readAll(failed, MAX_ERROR_BYTES, this.domain), full);
  }

  async #authorized(target: string | URL, asked: Asked, options: RequestOptions): Promise<HttpReply> {
    const { url: base, security } = await this.#endpoint(asked, options.signal);
    const repository = this.#repository === "" ? "" : `${this.#repository}/`;
    const path = typeof target === "string" && !target.startsWith("/") ? `/v2/${repository}${target}` : target;
    const url = typeof path === "string" ? new URL(path, base) : path;
    refuseInward(base, url, this.domain);
    const { signal, method = "GET", body } = options;
    const ask = (authorization: string | undefined): Promise<HttpReply> => {
      const headers = { ...options.headers, ...(authorization === undefined ? {} : { Authorization: authorization }) };
      return send({ url, method, security, signal, asked, headers, ...(body === undefined ? {} : { body }) });
    };
    // An upload may go on at another server, whose address is its own proof; our login is none of its business.
    if (url.origin !== base.origin) return await ask(undefined);
    const current = await this.#authorization;
    const held = current !== undefined && current.expiresAtMs > Date.now() ? current.header : undefined;
    const first = await ask(held);
    const challenge = first.response.headers.get("www-authenticate");
    if (first.response.status !== 401 || challenge === null) return first;
    first[Symbol.dispose]();
    return await ask(
      await this.#authorize(challenge, held, { url: first.url, security, asked, signal: options.signal }),
    );
  }

  /** Several layers may be challenged at once; one answer serves them all. `refused` is the header that just failed. */
  async #authorize(header: string, refused: string | undefined, context: AuthContext): Promise<string> {
    const current = await this.#authorization;
    if (current !== undefined && current.header !== refused && current.expiresAtMs > Date.now()) return current.header;
    this.#authorization = answerChallenges(parseChallenges(header), refused, this.#access.credentials, context);
    const pending = this.#authorization;
    try {
      return (await pending).header;
    } catch (error) {
      if (this.#authorization === pending) this.#authorization = undefined;
      throw error;
    }
  }

  #endpoint(asked: Asked, signal: AbortSignal): Promise<Endpoint> {
    this.#base ??= findEndpoint(this.#access, asked, signal).catch((error: unknown) => {
      // A later attempt starts anew.
      this.#base = undefined;
      throw error;
    });
    return this.#base;
  }
}

export type RequestOptions = {
  readonly signal: AbortSignal;
  readonly method?: HttpMethod;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Body;
  /** Statuses from 400 on that are an answer, not an error. */
  readonly expected?: readonly number[];
};

type Endpoint = { url: URL; security: Security };

type Authorization = { header: string; expiresAtMs: number };

type AuthContext = { url: URL; security: Security; asked: Asked; signal: AbortSignal };

async function answerChallenges(
  challenges: Challenge[],
  refused: string | undefined,
  credentials: Credentials | undefined,
  { url, security, asked, signal }: AuthContext,
): Promise<Authorization> {
  const bearer = challenges.find(({ scheme }) => scheme === "bearer");
  if (bearer !== undefined) {
    const token: Token = await withRetry(signal, () =>
      fetchToken({ challenge: bearer, credentials, origin: url, security, asked, signal }),
    );
    return { header: `Bearer ${token.value}`, expiresAtMs: token.expiresAtMs };
  }
  if (!challenges.some(({ scheme }) => scheme === "basic")) {
    throw badReply(
      asked.domain,
      `it wants an unknown kind of login (${challenges.map(({ scheme }) => scheme).join(", ")})`,
    );
  }
  const header = credentials === undefined ? undefined : basicAuthorization(credentials);
  if (header === undefined || header === refused) throw unauthenticated(asked);
  return { header, expiresAtMs: Number.POSITIVE_INFINITY };
}

// HTTPS is always tried first; plain HTTP only where it is allowed and the port does not speak TLS.
async function findEndpoint(access: RegistryAccess, asked: Asked, signal: AbortSignal): Promise<Endpoint> {
  const host = access.domain === "docker.io" ? DOCKER_HUB : access.domain;
  const secure = URL.parse(`https://${host}/`);
  if (secure === null) throw badReply(access.domain, "its name is no host");
  const plainHttp = access.tls === "insecure" || (access.tls === "verify" && isLoopback(secure.hostname));
  const security: Security = {
    verifyTls: access.tls !== "insecure",
    plainHttp,
    ...(access.certificates === undefined ? {} : { certificates: access.certificates }),
  };
  if (!plainHttp) return { url: secure, security };
  try {
    const ping = { ...asked, kind: "ping" } as const;
    const reply = await send({ url: new URL("/v2/", secure), security, signal, asked: ping });
    reply[Symbol.dispose]();
    return { url: secure, security };
  } catch (error) {
    if (!isNoTls(error)) throw error;
    return { url: new URL(`http://${host}/`), security };
  }
}

function isNoTls(error: unknown): boolean {
  if (!isEstibaError(error)) return false;
  const { reason } = error;
  // Some servers answer a TLS greeting by closing; without a port, plain HTTP is another port.
  return ["image.registry_no_tls", "image.registry_reset", "image.registry_refused"].includes(reason);
}
