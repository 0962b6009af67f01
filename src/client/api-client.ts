import { EstibaError } from "../lib/error.ts";
import type { EngineAddress } from "./address.ts";
import { errorOfAnswer } from "./api-error.ts";
import { Exchange, type RawStream, type WireResponse } from "./exchange.ts";
import { type OutputPiece, rawPieces, splitFrames } from "./frames.ts";
import { jsonObjects } from "./json-lines.ts";
import { dial, type Wire } from "./wire.ts";

type QueryValue = string | number | boolean | readonly string[] | undefined;

/** What belongs to a request beside its method and path. */
export type Asked = {
  /** What is undefined is left out. */
  readonly query?: Readonly<Record<string, QueryValue>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is: an archive. */
  readonly body?: AsyncIterable<Uint8Array> | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
};

/** A container's or a command's stdio, over a connection. */
export type AttachedStream = Omit<RawStream, "output"> & { readonly output: AsyncGenerator<OutputPiece, void> };

/** The newest version of Docker's API that is asked for. */
const NEWEST = 50;

/** What makes an engine answer where there is none; false where nothing can. */
export type Reviver = () => Promise<boolean>;

type ClientOptions = {
  readonly version?: string | undefined;
  readonly revive?: Reviver;
  readonly dial?: (signal: AbortSignal | undefined) => Promise<Wire>;
};

/** A client of Docker's API at one engine. Errors of the engine are thrown as {@link EstibaError}. Disposing closes what it has kept open. */
export class ApiClient implements Disposable {
  readonly address: EngineAddress;
  readonly #revive: Reviver;
  readonly #dial: (signal: AbortSignal | undefined) => Promise<Wire>;
  readonly #idle: Exchange[] = [];
  #prefix: Promise<string> | undefined;
  #closed = false;

  /** `version`: the API's, as `1.N`; undefined for the newest that both know. `dial`: how it is connected to, where not as its address says. */
  constructor(address: EngineAddress, { version, revive, dial: connect }: ClientOptions = {}) {
    this.address = address;
    this.#dial = connect ?? (async (signal) => await dial(address, signal));
    this.#revive = revive ?? (async () => await Promise.resolve(false));
    if (version !== undefined) this.#prefix = Promise.resolve(`/v${version}`);
  }

  /** Asks; an answer that is an error is thrown. */
  async request(method: string, path: string, asked: Asked = {}): Promise<WireResponse> {
    const response = await this.#ask(method, `${await this.#versioned(asked.signal)}${path}`, asked, false);
    return await successful(response);
  }

  /** The JSON of an answer; undefined for an empty one. */
  async json<T>(method: string, path: string, asked: Asked = {}): Promise<T> {
    const text = await textOf(await this.request(method, path, asked));
    return (text.trim() === "" ? undefined : JSON.parse(text)) as T;
  }

  /** Asks for what has no answer but that it is done; true when there was nothing to do. */
  async act(method: string, path: string, asked: Asked = {}): Promise<boolean> {
    const response = await this.request(method, path, asked);
    await textOf(response);
    return response.status === 304;
  }

  /** An answer that has one object of JSON after another, as they come. */
  async *objects<T>(method: string, path: string, asked: Asked = {}): AsyncGenerator<T, void> {
    const { body } = await this.request(method, path, asked);
    yield* jsonObjects<T>(body);
  }

  /** Output, its streams apart where they are. */
  async *output(path: string, asked: Asked & { readonly tty: boolean }): AsyncGenerator<OutputPiece, void> {
    const { body } = await this.request("GET", path, asked);
    yield* asked.tty ? rawPieces(body) : splitFrames(body);
  }

  /** A connection that becomes stdio. */
  async attach(path: string, asked: Asked & { readonly tty: boolean }): Promise<AttachedStream> {
    const response = await this.#ask("POST", `${await this.#versioned(asked.signal)}${path}`, asked, true);
    const { connection } = await successful(response);
    if (connection === undefined) throw new Error("the engine has not given its connection up");
    return { ...connection, output: asked.tty ? rawPieces(connection.output) : splitFrames(connection.output) };
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    for (const exchange of this.#idle.splice(0)) exchange.destroy();
  }

  async #versioned(signal: AbortSignal | undefined): Promise<string> {
    this.#prefix ??= this.#negotiate(signal);
    try {
      return await this.#prefix;
    } catch (error) {
      this.#prefix = undefined;
      throw error;
    }
  }

  async #negotiate(signal: AbortSignal | undefined): Promise<string> {
    const response = await this.#ask("GET", "/_ping", { signal }, false);
    await textOf(await successful(response));
    const [, minor] = /^1\.(\d+)$/.exec(response.headers["api-version"] ?? "") ?? [];
    return minor === undefined ? "" : `/v1.${Math.min(Number(minor), NEWEST)}`;
  }

  async #ask(method: string, path: string, asked: Asked, hijack: boolean): Promise<WireResponse> {
    const { signal } = asked;
    const json = asked.json === undefined ? undefined : Buffer.from(JSON.stringify(asked.json));
    const request = {
      method,
      target: `${path}${queryText(asked.query)}`,
      headers: {
        Host: "estiba",
        "User-Agent": "estiba",
        ...(json === undefined ? {} : { "Content-Type": "application/json" }),
        ...asked.headers,
      },
      body: json ?? asked.body,
      hijack,
    };
    const send = async (exchange: Exchange): Promise<WireResponse> =>
      await exchange.ask(request, signal, () => (this.#closed ? exchange.destroy() : this.#idle.push(exchange)));
    const kept = hijack ? undefined : this.#idle.pop();
    if (kept !== undefined && !isStream(request.body)) {
      try {
        return await send(kept);
      } catch (error) {
        // The engine may have closed it meanwhile: what it has not begun to answer is asked again.
        if (signal?.aborted === true || !(error instanceof EstibaError) || error.reason !== "client.no_engine")
          throw error;
      }
    }
    return await send(await this.#connect(signal));
  }

  async #connect(signal: AbortSignal | undefined): Promise<Exchange> {
    try {
      return new Exchange(await this.#dial(signal), this.address);
    } catch (error) {
      if (!(error instanceof EstibaError) || error.code !== "unavailable" || !(await this.#revive())) throw error;
      return new Exchange(await this.#dial(signal), this.address);
    }
  }
}

function isStream(body: Uint8Array | AsyncIterable<Uint8Array> | undefined): boolean {
  return body !== undefined && !(body instanceof Uint8Array);
}

async function successful(response: WireResponse): Promise<WireResponse> {
  if (response.status < 400) return response;
  throw errorOfAnswer(response.status, await textOf(response));
}

/** The whole of a body, as text. */
async function textOf({ body }: Pick<WireResponse, "body">): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces).toString("utf8");
}

function queryText(query: Readonly<Record<string, QueryValue>> = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? (value as readonly string[]) : [String(value)])
      parameters.append(name, one);
  }
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}

/** Filters as `KEY=VALUE`, as the API has them. */
export function filtersJson(filters: readonly string[]): string | undefined {
  if (filters.length === 0) return undefined;
  const map: Record<string, string[]> = {};
  for (const text of filters) {
    const equals = text.indexOf("=");
    // `label!=x`: the mark belongs to the key.
    const [key, value] = equals < 0 ? [text, ""] : [text.slice(0, equals), text.slice(equals + 1)];
    map[key] = [...(map[key] ?? []), value];
  }
  return JSON.stringify(map);
}
