import { lookUpImage } from "../../../engine/find-image.ts";
import { importImage } from "../../../engine/import.ts";
import { loadImages } from "../../../engine/load.ts";
import { pullImage } from "../../../engine/pull.ts";
import { pushImage } from "../../../engine/push.ts";
import { prepareSave, saveArchive } from "../../../engine/save.ts";
import { tagsOfRepository } from "../../../engine/tags.ts";
import { EstibaError, isEstibaError } from "../../../lib/error.ts";
import { parsePlatform } from "../../../oci/platform.ts";
import { familiarName } from "../../../views/docker/image-name.ts";
import { transferLine } from "../../../views/docker/transfer.ts";
import { ApiError, badRequest, fromClient } from "../../http/api-error.ts";
import { type Call, jsonLines, type Reply } from "../../http/call.ts";
import { dockersName, imageCalled, namedImage } from "./find.ts";
import { progressReply, tellsNews } from "./progress.ts";
import { registryAuth } from "./registry-auth.ts";

/** `POST /images/create`: a pull, or an import. */
export async function create(call: Call): Promise<Reply> {
  const { query } = call;
  const from = query.text("fromImage");
  if (from !== undefined) return await pull(call, dockersName(from, query.text("tag")));
  const source = query.text("fromSrc");
  if (source === undefined) throw badRequest("either fromImage or fromSrc must be given");
  return await fromClient(async () => await importFrom(call, source));
}

async function pull(call: Call, name: string): Promise<Reply> {
  try {
    return await progressReply(pullLines(call, name));
  } catch (error) {
    if (isEstibaError(error, "not_found", "unauthenticated", "denied"))
      throw new ApiError(404, `pull access denied for ${familiarName(name)}: ${error.message}`);
    throw error;
  }
}

async function* pullLines(call: Call, name: string): AsyncGenerator {
  const { engine, query, signal } = call;
  const platform = query.text("platform");
  const before = lookUpImage(engine, name)?.image.id;
  const pulling = pullImage(engine, name, {
    credentials: registryAuth(call),
    platform: platform === undefined ? undefined : parsePlatform(platform),
    signal,
  });
  const [, repository = name, tag = "latest"] = /^[^/]+\/(.*?)[:@]([^/]*)$/.exec(name) ?? [];
  const isNews = tellsNews();
  let begun = false;
  const beginning = { status: `Pulling from ${repository}`, id: tag };
  for (;;) {
    const { done, value } = await pulling.next();
    if (done !== true && value.kind === "trying") continue;
    if (!begun) yield beginning;
    begun = true;
    if (done === true) {
      const { image, name: full } = value;
      yield { status: `Digest: ${image.manifestDigest}` };
      const news = before === image.id ? "Image is up to date for" : "Downloaded newer image for";
      yield { status: `Status: ${news} ${familiarName(full)}` };
      return;
    }
    if (value.kind === "layer" && isNews(value)) yield transferLine("pull", value);
  }
}

async function importFrom(call: Call, source: string): Promise<Reply> {
  const { engine, query, signal, body } = call;
  const repository = query.text("repo");
  const image = await importImage(engine, source === "-" ? { stream: body } : { url: urlOf(source) }, {
    name: repository === undefined ? undefined : dockersName(repository, query.text("tag")),
    changes: query.all("changes"),
    message: query.text("message"),
    signal,
  });
  return jsonLines(some({ status: `sha256:${image.id}` }));
}

function urlOf(text: string): URL {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return new URL(text);
  throw badRequest(`fromSrc: "${text}" is neither - nor an address`);
}

async function* some(...lines: readonly unknown[]): AsyncGenerator {
  yield* lines;
}

/** `POST /images/{name}/push` */
export async function push(call: Call): Promise<Reply> {
  const name = call.params["name"] ?? "";
  const tag = call.query.text("tag");
  const names = tag === undefined ? tagsOfRepository(call.engine, dockersName(name)) : [dockersName(name, tag)];
  for (const full of names) imageCalled(call, full);
  return jsonLines(await Promise.resolve(pushLines(call, { repository: name, names })));
}

type Pushing = { readonly repository: string; readonly names: readonly string[] };

async function* pushLines(call: Call, { repository, names }: Pushing): AsyncGenerator {
  yield { status: `The push refers to repository [${dockersName(repository).replace(/:[^/:]*$/, "")}]` };
  try {
    for (const name of names) yield* pushOne(call, name);
  } catch (error) {
    const message = error instanceof EstibaError ? error.message : String(error);
    yield { errorDetail: { message }, error: message };
  }
}

async function* pushOne(call: Call, name: string): AsyncGenerator {
  const { engine, signal } = call;
  const credentials = registryAuth(call);
  const pushing = pushImage(engine, name, undefined, { credentials, signal });
  const isNews = tellsNews();
  for (;;) {
    const { done, value } = await pushing.next();
    if (done === true) {
      const tag = name.slice(name.lastIndexOf(":") + 1);
      yield { status: `${tag}: digest: ${value.digest} size: ${value.image.sizeBytes}` };
      yield { progressDetail: {}, aux: { Tag: tag, Digest: value.digest, Size: value.image.sizeBytes } };
      return;
    }
    if (value.kind === "layer" && isNews(value)) yield transferLine("push", value);
  }
}

/** `GET /images/get`, `GET /images/{name}/get` */
export async function save(call: Call): Promise<Reply> {
  const { engine, query, signal } = call;
  const single = call.params["name"];
  const names = single === undefined ? query.all("names").flatMap((text) => text.split(",")) : [single];
  if (names.length === 0) throw badRequest("no image was named");
  const texts = single === undefined ? names.map((name) => nameOf(call, name)) : [namedImage(call).name ?? single];
  const prepared = await prepareSave(engine, texts, { signal });
  return { status: 200, type: "application/x-tar", stream: archive(prepared) };

  async function* archive(images: typeof prepared): AsyncGenerator<Uint8Array> {
    await using held = images;
    yield* saveArchive(engine, held, "docker-archive");
  }
}

function nameOf(call: Call, name: string): string {
  const { image, by, name: full } = imageCalled(call, name);
  return by === "id" ? image.id : (full ?? image.id);
}

/** `POST /images/load` */
export async function load(call: Call): Promise<Reply> {
  return await fromClient(async () => await progressReply(loadLines(call)));
}

async function* loadLines({ engine, body, signal }: Call): AsyncGenerator {
  const loading = loadImages(engine, { stream: body }, { signal });
  for (;;) {
    const { done, value } = await loading.next();
    if (done !== true) continue;
    for (const { image, names } of value) {
      if (names.length === 0) yield { stream: `Loaded image ID: sha256:${image.id}\n` };
      for (const name of names) yield { stream: `Loaded image: ${familiarName(name)}\n` };
    }
    return;
  }
}
