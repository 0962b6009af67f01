import { changesOf } from "../../docker/container/described-inspect.ts";
import { layers } from "../../docker/image/described.ts";
import { bytes, filters, json, jsonLines, nothing, type Operations } from "../../openapi/operation.ts";
import { flag, integer, list, object, oneOf, type Schema, text, texts, titled } from "../../openapi/schema.ts";
import { imageRemoval, madeId, pruneReports } from "../described-reports.ts";
import { imageInspected, imageRow } from "./described-inspect.ts";

/** How a client proves to a registry who it is. */
export const LOGIN: Readonly<Record<string, string>> = {
  "X-Registry-Auth": "A login as base64 of JSON: username and password.",
};

const TAR = { bytes: "application/x-tar" };
const REGISTRY = { username: text, password: text, tlsVerify: flag };
const NAME = { repo: text, tag: text };
const KEYS = [
  "after",
  "before",
  "containers",
  "dangling",
  "digest",
  "id",
  "intermediate",
  "label",
  "manifest",
  "readonly",
  "reference",
  "since",
  "until",
];

const pullLine: Schema = titled(
  "LibpodPullLine",
  object({ "stream?": text, "images?": texts, "id?": text, "error?": text }),
);
const pushLine: Schema = titled("LibpodPushLine", object({ "stream?": text, "manifestdigest?": text, "error?": text }));
const found: Schema = titled(
  "LibpodSearchResult",
  object({
    Index: text,
    Name: text,
    Description: text,
    Stars: integer,
    "Official?": text,
    "Automated?": text,
    Tag: text,
  }),
);

/** Images, for Podman's clients. */
export const IMAGE_OPERATIONS: Operations = {
  "GET /libpod/images/json": {
    summary: "Images",
    query: { all: flag, filters: filters(...KEYS) },
    answers: { 200: json(list(imageRow)) },
    errors: [404],
  },
  "POST /libpod/images/pull": {
    summary: "Pull an image, or all of a repository",
    query: {
      reference: text,
      policy: oneOf("always", "missing", "newer", "never"),
      allTags: flag,
      quiet: flag,
      os: text,
      arch: text,
      variant: text,
      ...REGISTRY,
    },
    headers: LOGIN,
    answers: { 200: jsonLines(pullLine) },
  },
  "POST /libpod/images/load": {
    summary: "Load images from an archive",
    body: TAR,
    answers: { 200: json(titled("LibpodImageLoadReport", object({ Names: texts }))) },
  },
  "POST /libpod/images/import": {
    summary: "Make an image of the files of an archive, or of an address",
    query: { reference: text, message: text, changes: text, url: text },
    body: TAR,
    answers: { 200: json(madeId) },
    errors: [404, 503],
  },
  "GET /libpod/images/export": {
    summary: "Images as an archive",
    query: { references: text, format: oneOf("docker-archive", "oci-archive"), compress: flag },
    answers: { 200: bytes("application/x-tar") },
    errors: [404],
  },
  "GET /libpod/images/search": {
    summary: "Search registries, or the tags of a repository",
    query: {
      term: text,
      limit: integer,
      listTags: flag,
      filters: filters("stars", "is-official", "is-automated"),
      tlsVerify: flag,
    },
    headers: LOGIN,
    answers: { 200: json(list(found)) },
    errors: [401, 403, 404, 500, 503],
  },
  "DELETE /libpod/images/remove": {
    summary: "Remove images, or all of them",
    query: { images: text, all: flag, force: flag, ignore: flag, lookupManifest: flag },
    answers: { 200: json(imageRemoval) },
  },
  "POST /libpod/images/prune": {
    summary: "Remove those without a name, or all that no container uses",
    query: { all: flag, external: flag, filters: filters("dangling", "label", "label!", "until") },
    answers: { 200: json(pruneReports) },
  },
  "POST /libpod/images/scp/{name*}": { summary: "Refused: estiba image scp does it", answers: {}, errors: [501] },
  "GET /libpod/images/{name*}/json": {
    summary: "All about an image",
    answers: { 200: json(imageInspected) },
    errors: [404],
  },
  "GET /libpod/images/{name*}/exists": { summary: "Whether it is there", answers: { 204: nothing }, errors: [404] },
  "GET /libpod/images/{name*}/history": {
    summary: "The steps that it was made by",
    answers: { 200: json(layers) },
    errors: [404],
  },
  "GET /libpod/images/{name*}/tree": {
    summary: "Its layers, as text",
    query: { whatrequires: flag },
    answers: { 200: json(titled("LibpodImageTree", object({ Tree: text }))) },
    errors: [404],
  },
  "GET /libpod/images/{name*}/changes": {
    summary: "What it has changed of the one below it",
    query: { parent: text, diffType: text },
    answers: { 200: json(changesOf) },
    errors: [404],
  },
  "GET /libpod/images/{name*}/get": {
    summary: "An image as an archive",
    query: { format: oneOf("docker-archive", "oci-archive"), compress: flag },
    answers: { 200: bytes("application/x-tar") },
    errors: [404],
  },
  "POST /libpod/images/{name*}/tag": {
    summary: "Give it one more name",
    query: NAME,
    answers: { 201: nothing },
    errors: [404, 409],
  },
  "POST /libpod/images/{name*}/untag": {
    summary: "Take a name from it, or all of them",
    query: NAME,
    answers: { 201: nothing },
    errors: [404, 409],
  },
  "POST /libpod/images/{name*}/push": {
    summary: "Push it to a registry",
    query: {
      destination: text,
      format: oneOf("oci", "v2s2"),
      compressionFormat: text,
      quiet: flag,
      ...REGISTRY,
    },
    headers: LOGIN,
    answers: { 200: jsonLines(pushLine) },
    errors: [404],
  },
  "DELETE /libpod/images/{name*}": {
    summary: "Take a name from it, and remove it with the last one",
    query: { force: flag },
    answers: { 200: json(imageRemoval) },
    errors: [404, 409],
  },
};
