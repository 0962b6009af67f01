import { createSecret, MAX_SECRET_BYTES } from "../../../engine/secret/create.ts";
import { revealSecret, selectSecrets } from "../../../engine/secret/list.ts";
import { removeSecret } from "../../../engine/secret/remove.ts";
import { findSecret } from "../../../state/secrets.ts";
import { secretDocument } from "../../../views/secret.ts";
import { Fields } from "../../docker/fields.ts";
import { badRequest } from "../../http/api-error.ts";
import { parseJsonObject } from "../../http/body.ts";
import { type Call, done, ok, type Reply } from "../../http/call.ts";

/** `GET /libpod/secrets/json` */
export function listSecrets({ engine, query }: Call): Reply {
  const found = selectSecrets(engine, query.filters());
  return ok(found.map((secret) => secretDocument(secret, engine.paths.secrets, undefined)));
}

/** `POST /libpod/secrets/create`: the data is the body. */
export async function create({ engine, query, body }: Call): Promise<Reply> {
  const name = query.text("name");
  if (name === undefined) throw badRequest("the parameter name is missing");
  const driver = query.text("driver") ?? "file";
  if (driver !== "file") throw badRequest(`there is no secret driver "${driver}": file is the only one`);
  if (Object.keys(parseJsonObject(query.text("driveropts") ?? "{}")).length > 0)
    throw badRequest("driveropts: the driver file has none");
  const labels = new Fields(parseJsonObject(`{"labels":${query.text("labels") ?? "{}"}}`)).map("labels");
  const existing = query.flag("replace") ? "replace" : query.flag("ignore") ? "keep" : "refuse";
  const { id } = await createSecret(engine, { name, data: await read(body), labels, existing });
  return ok({ ID: id });
}

async function read(body: Call["body"]): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.length;
    // More is not needed to know that it is too much.
    if (bytes > MAX_SECRET_BYTES) break;
  }
  return Buffer.concat(chunks);
}

/** `GET /libpod/secrets/{name}/json` */
export function inspect({ engine, params, query }: Call): Reply {
  const secret = findSecret(engine.store, params["name"] ?? "");
  const data = query.flag("showsecret") ? revealSecret(engine, secret.id).toString("utf8") : undefined;
  return ok(secretDocument(secret, engine.paths.secrets, data));
}

/** `GET /libpod/secrets/{name}/exists` */
export function exists({ engine, params }: Call): Reply {
  findSecret(engine.store, params["name"] ?? "");
  return done();
}

/** `DELETE /libpod/secrets/{name}` */
export function remove({ engine, params }: Call): Reply {
  removeSecret(engine, params["name"] ?? "");
  return done();
}
