import type { Credentials } from "../../../config/auth-file.ts";
import { findImage } from "../../../engine/find-image.ts";
import { importImage } from "../../../engine/import.ts";
import { loadImages } from "../../../engine/load.ts";
import { type Pulled, type PullOptions, type PullPolicy, pullImage, remoteTags } from "../../../engine/pull.ts";
import { pushImage } from "../../../engine/push.ts";
import type { ImageProgress } from "../../../engine/receive-layers.ts";
import type { RegistryOptions } from "../../../engine/registry-session.ts";
import { prepareSave, saveArchive } from "../../../engine/save.ts";
import { describeError } from "../../../lib/error.ts";
import { parsePlatform } from "../../../oci/platform.ts";
import { tellsNews } from "../../docker/image/progress.ts";
import { registryAuth } from "../../docker/image/registry-auth.ts";
import { badRequest, fromClient } from "../../http/api-error.ts";
import { type Call, jsonLines, ok, type Reply } from "../../http/call.ts";

/** How a client wants a registry to be reached; its login is in a header, as Docker's, or in the query. */
export function registryOptions(call: Call): RegistryOptions {
  const { query } = call;
  const [username, password] = [query.text("username"), query.text("password")];
  const named: Credentials | undefined = username === undefined ? undefined : { username, password: password ?? "" };
  const verify = query.has("tlsVerify") ? query.flag("tlsVerify") : undefined;
  return { credentials: named ?? registryAuth(call), verifyTls: verify };
}

const POLICIES: readonly PullPolicy[] = ["always", "missing", "newer", "never"];

/** `POST /libpod/images/pull`: what happens as text, then the ids; an error is the last line, for the status is sent. */
export async function pull(call: Call): Promise<Reply> {
  const { query, signal } = call;
  const reference = query.text("reference")?.replace(/^docker:\/\//, "");
  if (reference === undefined) throw badRequest("reference parameter cannot be empty");
  const asked = (query.text("policy") ?? "always").toLowerCase();
  const policy = POLICIES.find((name) => name === asked);
  if (policy === undefined) throw badRequest(`unsupported pull policy "${asked}"`);
  const platform = platformOf(call);
  const options: PullOptions = { ...registryOptions(call), platform, policy, signal };
  return await Promise.resolve(jsonLines(withErrors(pullLines(call, reference, options))));
}

function platformOf({ query }: Call): PullOptions["platform"] {
  const [os, architecture, variant] = [query.text("os"), query.text("arch"), query.text("variant")];
  if (os === undefined && architecture === undefined && variant === undefined) return undefined;
  const words = [os ?? "linux", ...(architecture === undefined ? [] : [architecture])];
  return parsePlatform([...words, ...(variant === undefined ? [] : [variant])].join("/"));
}

async function* pullLines(call: Call, reference: string, options: PullOptions): AsyncGenerator {
  const names =
    call.query.flag("alltags") || call.query.flag("allTags") ? await remoteTags(reference, options) : [reference];
  const quiet = call.query.flag("quiet");
  const images: string[] = [];
  for (const name of names) {
    const { image } = yield* told(pullImage(call.engine, name, options), quiet);
    images.push(image.id);
  }
  yield { images, id: images.at(-1) };
}

/** Tells of a transfer as Podman's own command does; gives its result. */
export async function* told<Result extends Pulled | { readonly name: string }>(
  steps: AsyncGenerator<ImageProgress, Result, undefined>,
  quiet: boolean,
): AsyncGenerator<{ readonly stream: string }, Result> {
  const isNews = tellsNews();
  for (;;) {
    const { done, value } = await steps.next();
    if (done === true) return value;
    if (quiet) continue;
    if (value.kind === "trying") yield { stream: `Trying to pull ${value.name}...\n` };
    else if (value.phase !== "present" && value.phase !== "done" && value.currentBytes === 0 && isNews(value))
      yield { stream: `Copying blob ${value.digest}\n` };
  }
}

/** The lines, and in place of a failure one that tells it. */
export async function* withErrors(lines: AsyncGenerator): AsyncGenerator {
  try {
    yield* lines;
  } catch (error) {
    yield { error: describeError(error) };
  }
}

/** `POST /libpod/images/{name}/push` */
export function push(call: Call): Reply {
  const { engine, params, query, signal } = call;
  const name = params["name"] ?? "";
  // A name that is not here has a status of its own.
  findImage(engine, name);
  const destination = query.text("destination")?.replace(/^docker:\/\//, "");
  const format = formatOf(query.text("format"));
  const kind = query.text("compressionFormat") === "zstd" ? "zstd" : "gzip";
  const options = { ...registryOptions(call), format, packing: { kind } as const, signal };
  return jsonLines(withErrors(pushLines()));

  async function* pushLines(): AsyncGenerator {
    const pushed = yield* told(pushImage(engine, name, destination, options), query.flag("quiet"));
    // Clients of version 4 fall over what they do not know.
    if (call.podman > 4) yield { manifestdigest: pushed.digest };
  }
}

function formatOf(text: string | undefined): "oci" | "docker" | undefined {
  switch (text) {
    case undefined:
      return undefined;
    case "oci":
      return "oci";
    case "v2s2":
    case "docker":
      return "docker";
    default:
      throw badRequest(`unknown format "${text}": choose one of oci, v2s2`);
  }
}

/** `POST /libpod/images/load` */
export async function load({ engine, body, signal }: Call): Promise<Reply> {
  const loading = loadImages(engine, { stream: body }, { signal });
  for (;;) {
    const { done, value } = await fromClient(async () => await loading.next());
    if (done !== true) continue;
    return ok({ Names: value.flatMap(({ image, names }) => (names.length === 0 ? [`sha256:${image.id}`] : names)) });
  }
}

/** `POST /libpod/images/import` */
export async function importFrom({ engine, body, query, signal }: Call): Promise<Reply> {
  const address = query.text("url");
  if (address !== undefined && !URL.canParse(address)) throw badRequest(`url: "${address}" is no address`);
  const source = address === undefined ? { stream: body } : { url: new URL(address) };
  const wish = {
    name: query.text("reference"),
    changes: query.all("changes"),
    message: query.text("message"),
    signal,
  };
  const image = await fromClient(async () => await importImage(engine, source, wish));
  return ok({ Id: `sha256:${image.id}` });
}

/** `GET /libpod/images/export`, `GET /libpod/images/{name}/get` */
export async function save(call: Call): Promise<Reply> {
  const { engine, query, params, signal } = call;
  const single = params["name"];
  const names = single === undefined ? query.all("references") : [single];
  if (names.length === 0) throw badRequest("no references");
  const format = query.text("format") ?? "docker-archive";
  if (format !== "docker-archive" && format !== "oci-archive")
    throw badRequest(`format "${format}": folders cannot be sent, choose docker-archive or oci-archive`);
  if (format === "oci-archive" && names.length > 1) throw badRequest("multi-image archives must be docker-archive");
  const prepared = await prepareSave(engine, names, { signal });
  return { status: 200, type: "application/x-tar", stream: archive() };

  async function* archive(): AsyncGenerator<Uint8Array> {
    await using held = prepared;
    yield* saveArchive(engine, held, format === "oci-archive" ? "oci-archive" : "docker-archive");
  }
}
