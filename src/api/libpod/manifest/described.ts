import { json, jsonLines, nothing, type Operations } from "../../openapi/operation.ts";
import {
  flag,
  integer,
  list,
  object,
  oneOf,
  orNull,
  request,
  type Schema,
  text,
  textMap,
  texts,
  titled,
} from "../../openapi/schema.ts";
import { imageRemoval, madeId } from "../described-reports.ts";
import { LOGIN } from "../image/described.ts";

const platform: Schema = object({
  "architecture?": text,
  "os?": text,
  "variant?": text,
  "os.version?": text,
  "os.features?": texts,
  "features?": texts,
});

const index: Schema = titled(
  "LibpodManifestList",
  object({
    schemaVersion: integer,
    mediaType: text,
    manifests: list(
      titled(
        "LibpodManifestEntry",
        object({ mediaType: text, digest: text, size: integer, "platform?": platform, "annotations?": textMap }),
      ),
    ),
    "annotations?": textMap,
  }),
);

const changed: Schema = titled("LibpodManifestReport", object({ Id: text, "images?": texts, "errors?": texts }));

const failed: Schema = object({
  "Id?": text,
  "images?": texts,
  "errors?": texts,
  "cause?": text,
  "message?": text,
  "response?": integer,
});

/** Lists of images for several platforms. */
export const MANIFEST_OPERATIONS: Operations = {
  "POST /libpod/manifests/{name*}": {
    summary: "Make a list of images",
    query: { images: text, all: flag, amend: flag },
    headers: LOGIN,
    body: request("LibpodManifestCreateRequest", { Images: texts, annotations: textMap }),
    answers: { 201: json(madeId) },
    errors: [404, 409, 501, 503],
  },
  "PUT /libpod/manifests/{name*}": {
    summary: "Add images to a list, take them out, or say something else of them",
    headers: LOGIN,
    body: request("LibpodManifestModifyRequest", {
      Operation: oneOf("update", "annotate", "remove"),
      Images: texts,
      All: flag,
      OS: text,
      Arch: text,
      Variant: text,
      OSVersion: text,
      os_features: texts,
      Features: texts,
      Annotations: textMap,
    }),
    answers: { 200: json(changed), 400: json(failed) },
    errors: [404, 409],
  },
  "GET /libpod/manifests/{name*}/json": { summary: "The list", answers: { 200: json(index) }, errors: [404, 409] },
  "GET /libpod/manifests/{name*}/exists": {
    summary: "Whether it is there",
    answers: { 204: nothing },
    errors: [404, 409],
  },
  "POST /libpod/manifests/{name*}/registry/{destination*}": {
    summary: "Push the list, and what it lists",
    query: { all: flag, format: text, quiet: flag, rm: flag, tlsVerify: flag },
    headers: LOGIN,
    answers: {
      200: jsonLines(
        titled("LibpodManifestPushLine", object({ "stream?": text, "Id?": text, "error?": orNull(text) })),
      ),
    },
    errors: [404, 409],
  },
  "DELETE /libpod/manifests/{name*}": {
    summary: "Remove the list",
    answers: { 200: json(imageRemoval) },
    errors: [404, 409],
  },
};
