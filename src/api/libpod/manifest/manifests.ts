import { addToList, type Description } from "../../../engine/manifest/add.ts";
import { annotateEntry, annotateList } from "../../../engine/manifest/annotate.ts";
import { createList } from "../../../engine/manifest/create.ts";
import { documentOf } from "../../../engine/manifest/document.ts";
import { findList, listId } from "../../../engine/manifest/find-list.ts";
import { pushList } from "../../../engine/manifest/push.ts";
import { removeEntry, removeList } from "../../../engine/manifest/remove.ts";
import { describeError, isEstibaError } from "../../../lib/error.ts";
import { printIndex } from "../../../oci/manifest.ts";
import { Fields } from "../../docker/fields.ts";
import { badRequest } from "../../http/api-error.ts";
import { type Call, done, jsonLines, ok, type Reply } from "../../http/call.ts";
import { registryOptions, told, withErrors } from "../image/transfer.ts";

function nameOf({ params }: Call): string {
  return params["name"] ?? "";
}

/** `POST /libpod/manifests/{name}` */
export async function create(call: Call): Promise<Reply> {
  const { engine, query } = call;
  const body = new Fields(await call.json());
  const amend = query.flag("amend");
  const list = createList(engine, nameOf(call), { amend, annotations: body.map("annotations") });
  try {
    for (const image of [...query.all("images").filter(Boolean), ...body.texts("Images")])
      await add(call, [list, image], { all: query.flag("all"), description: {} });
  } catch (error) {
    // Half a list was not asked for.
    if (!amend) removeList(engine, list);
    throw error;
  }
  return { status: 201, json: { Id: listId(list) } };
}

type Adding = { readonly all: boolean; readonly description: Description };

async function add(call: Call, names: readonly [string, string], adding: Adding): Promise<string[]> {
  const steps = addToList(call.engine, names, { ...registryOptions(call), ...adding, signal: call.signal });
  for (;;) {
    const { done: ended, value } = await steps.next();
    if (ended === true) return value;
  }
}

/** `PUT /libpod/manifests/{name}`: adds images, takes them out, or says something else of them. */
export async function modify(call: Call): Promise<Reply> {
  const body = new Fields(await call.json());
  const { name } = findList(call.engine, nameOf(call));
  const operation = body.text("Operation") ?? body.text("operation") ?? "update";
  const images = body.texts(body.has("Images") ? "Images" : "images");
  const changed: string[] = [];
  const errors: string[] = [];
  if (images.length === 0 && operation === "annotate") annotateList(call.engine, name, annotationsOf(body));
  for (const image of images) {
    try {
      changed.push(...(await change(call, [name, image], { body, operation })));
    } catch (error) {
      if (!isEstibaError(error)) throw error;
      errors.push(describeError(error));
    }
  }
  const report = { Id: listId(name), ...(changed.length === 0 ? {} : { images: changed }) };
  return errors.length === 0 ? ok(report) : { status: 400, json: { ...report, errors } };
}

type Change = { readonly body: Fields; readonly operation: string };

async function change(
  call: Call,
  names: readonly [list: string, image: string],
  { body, operation }: Change,
): Promise<string[]> {
  switch (operation) {
    case "update":
      return await add(call, names, { all: body.flag("All") || body.flag("all"), description: descriptionOf(body) });
    case "annotate":
      return [annotateEntry(call.engine, names, descriptionOf(body))];
    case "remove":
      return [removeEntry(call.engine, names[0], names[1])];
    default:
      throw badRequest(`illegal operation "${operation}" for "/libpod/manifests/${names[0]}"`);
  }
}

function annotationsOf(body: Fields): Record<string, string> {
  return { ...body.map("Annotations"), ...body.map("annotations") };
}

function descriptionOf(body: Fields): Description {
  const text = (upper: string, lower: string): string | undefined => body.text(upper) ?? body.text(lower);
  return {
    os: text("OS", "os"),
    architecture: text("Arch", "arch"),
    variant: text("Variant", "variant"),
    osVersion: text("OSVersion", "os_version"),
    osFeatures: body.texts("os_features"),
    features: body.texts(body.has("Features") ? "Features" : "features"),
    annotations: annotationsOf(body),
  };
}

/** `GET /libpod/manifests/{name}/json` */
export function inspect(call: Call): Reply {
  return ok(JSON.parse(Buffer.from(printIndex(documentOf(findList(call.engine, nameOf(call))))).toString("utf8")));
}

/** `GET /libpod/manifests/{name}/exists` */
export function exists(call: Call): Reply {
  findList(call.engine, nameOf(call));
  return done();
}

/** `POST /libpod/manifests/{name}/registry/{destination}` */
export function push(call: Call): Reply {
  const { engine, query, signal, params } = call;
  const list = findList(engine, nameOf(call));
  const destination = params["destination"]?.replace(/^docker:\/\//, "");
  const format = query.text("format");
  const options = {
    ...registryOptions(call),
    all: query.flag("all", true),
    format: format === undefined ? undefined : format === "v2s2" ? ("docker" as const) : ("oci" as const),
    packing: { kind: "gzip" } as const,
    signal,
  };
  return jsonLines(withErrors(lines()));

  async function* lines(): AsyncGenerator {
    const pushed = yield* told(pushList(engine, list.name, destination, options), query.flag("quiet"));
    yield { Id: pushed.digest };
    if (query.flag("rm")) removeList(engine, list.name);
  }
}

/** `DELETE /libpod/manifests/{name}` */
export function remove(call: Call): Reply {
  const name = removeList(call.engine, nameOf(call));
  return ok({ Untagged: [name], Deleted: [listId(name)], Errors: null, ExitCode: 0 });
}
