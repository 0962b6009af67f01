import { bytes, filters, json, jsonLines, nothing, type Operations } from "../../openapi/operation.ts";
import {
  flag,
  integer,
  list,
  map,
  object,
  orNull,
  request,
  type Schema,
  text,
  textMap,
  texts,
  time,
  titled,
} from "../../openapi/schema.ts";
import { createRequest } from "../container/described-create.ts";
import { PROCESS } from "../container/described-limits.ts";

const AUTH = "A login as base64 of JSON: username and password.";

/** A line of a pull, a push, a load or an import. */
const progress: Schema = titled(
  "ProgressLine",
  object({
    "status?": text,
    "id?": text,
    "stream?": text,
    "progress?": text,
    "progressDetail?": object({ "current?": integer, "total?": integer }),
    "aux?": object({ "Tag?": text, "Digest?": text, "Size?": integer, "ID?": text }),
    "errorDetail?": object({ "code?": integer, message: text }),
    "error?": text,
  }),
);

/** An element of the list, and of `/system/df`. */
export const imageRow: Schema = titled(
  "ImageSummary",
  object({
    Id: text,
    ParentId: text,
    RepoTags: texts,
    RepoDigests: texts,
    Created: integer,
    Size: integer,
    VirtualSize: integer,
    SharedSize: integer,
    Labels: orNull(textMap),
    Containers: integer,
  }),
);

const image: Schema = titled(
  "ImageInspectResponse",
  object({
    Id: text,
    RepoTags: texts,
    RepoDigests: texts,
    Parent: text,
    Comment: text,
    Created: time,
    DockerVersion: text,
    Author: text,
    Config: titled("ImageConfig", object(PROCESS)),
    Architecture: text,
    "Variant?": text,
    Os: text,
    Size: integer,
    VirtualSize: integer,
    GraphDriver: object({ Name: text, Data: textMap }),
    RootFS: object({ Type: text, Layers: texts }),
    Metadata: object({ LastTagTime: time }),
  }),
);

/** The steps that an image was made by. */
export const layers: Schema = list(
  titled(
    "HistoryEntry",
    object({ Id: text, Created: integer, CreatedBy: text, Tags: orNull(texts), Size: integer, Comment: text }),
  ),
);

const deleted: Schema = list(titled("ImageDeleted", object({ "Untagged?": text, "Deleted?": text })));

/** Images, and how they are made and moved. */
export const IMAGE_OPERATIONS: Operations = {
  "GET /images/json": {
    summary: "Images",
    query: {
      all: flag,
      digests: flag,
      "shared-size": flag,
      manifests: flag,
      filters: filters("before", "dangling", "label", "reference", "since", "until"),
    },
    answers: { 200: json(list(imageRow)) },
  },
  "POST /images/create": {
    summary: "Pull an image, or import one from the body (fromSrc=-)",
    query: {
      fromImage: text,
      fromSrc: text,
      repo: text,
      tag: text,
      message: text,
      changes: text,
      platform: text,
    },
    headers: { "X-Registry-Auth": AUTH },
    body: { bytes: "application/x-tar" },
    answers: { 200: jsonLines(progress) },
    errors: [404, 503],
  },
  "POST /images/load": {
    summary: "Load images from an archive",
    query: { quiet: flag, platform: text },
    body: { bytes: "application/x-tar" },
    answers: { 200: jsonLines(progress) },
  },
  "GET /images/get": {
    summary: "Images as an archive",
    query: { names: text, platform: text },
    answers: { 200: bytes("application/x-tar") },
    errors: [404],
  },
  "GET /images/{name*}/get": {
    summary: "An image as an archive",
    query: { platform: text },
    answers: { 200: bytes("application/x-tar") },
    errors: [404],
  },
  "POST /images/prune": {
    summary: "Remove images without a name, or all that no container uses (dangling=false)",
    query: { filters: filters("dangling", "label", "label!", "until") },
    answers: {
      200: json(titled("ImagePruneResponse", object({ ImagesDeleted: orNull(deleted), SpaceReclaimed: integer }))),
    },
  },
  "GET /images/{name*}/json": {
    summary: "All about an image",
    query: { manifests: flag, platform: text },
    answers: { 200: json(image) },
    errors: [404],
  },
  "GET /images/{name*}/history": {
    summary: "The steps that it was made by",
    query: { platform: text },
    answers: { 200: json(layers) },
    errors: [404],
  },
  "POST /images/{name*}/tag": {
    summary: "Give it one more name",
    query: { repo: text, tag: text },
    answers: { 201: nothing },
    errors: [404, 409],
  },
  "POST /images/{name*}/push": {
    summary: "Push it to its registry",
    query: { tag: text, platform: text },
    headers: { "X-Registry-Auth": AUTH },
    answers: { 200: jsonLines(progress) },
    errors: [404],
  },
  "DELETE /images/{name*}": {
    summary: "Take a name from it, and remove it with the last one",
    query: { force: flag, noprune: flag, platforms: text },
    answers: { 200: json(deleted) },
    errors: [404, 409],
  },
  "POST /commit": {
    summary: "Make an image of what a container has changed",
    query: {
      container: text,
      repo: text,
      tag: text,
      comment: text,
      author: text,
      pause: flag,
      changes: text,
    },
    body: createRequest,
    answers: { 201: json(titled("CommitResponse", object({ Id: text }))) },
    errors: [404, 409],
  },
  "POST /build": {
    summary: "Build an image from an archive, or from an address",
    query: {
      dockerfile: text,
      t: text,
      extrahosts: text,
      remote: text,
      q: flag,
      nocache: flag,
      cachefrom: { json: orNull(texts) },
      pull: text,
      rm: flag,
      forcerm: flag,
      memory: integer,
      memswap: integer,
      cpushares: integer,
      cpusetcpus: text,
      cpusetmems: text,
      cpuperiod: integer,
      cpuquota: integer,
      buildargs: { json: map(orNull(text)) },
      shmsize: integer,
      squash: flag,
      labels: { json: textMap },
      networkmode: text,
      platform: text,
      target: text,
      outputs: text,
      version: text,
      ulimits: { json: list(object({ "Name?": text, "Soft?": integer, "Hard?": integer })) },
      cgroupparent: text,
    },
    headers: { "X-Registry-Config": "Logins by registry, as base64 of JSON." },
    body: { bytes: "application/x-tar" },
    answers: { 200: jsonLines(progress) },
    errors: [404, 409, 501, 503],
  },
  "POST /build/cancel": {
    summary: "End a build by the id that its client gave it",
    query: { id: text },
    answers: { 200: nothing },
  },
  "GET /images/search": {
    summary: "Search registries",
    query: { term: text, limit: integer, filters: filters("stars", "is-official", "is-automated") },
    headers: { "X-Registry-Auth": AUTH },
    answers: {
      200: json(
        list(
          titled(
            "ImageSearchResult",
            object({ name: text, description: text, star_count: integer, is_official: flag, is_automated: flag }),
          ),
        ),
      ),
    },
    errors: [401, 403, 404, 500, 503],
  },
  "GET /distribution/{name*}/json": {
    summary: "What a registry has under a name",
    headers: { "X-Registry-Auth": AUTH },
    answers: {
      200: json(
        titled(
          "DistributionInspect",
          object({
            Descriptor: object({ mediaType: text, digest: text, size: integer }),
            Platforms: list(
              object({ architecture: text, os: text, "variant?": text, "os.version?": text, "os.features?": texts }),
            ),
          }),
        ),
      ),
    },
    errors: [401, 403, 404, 500, 503],
  },
  "POST /build/prune": {
    summary: "Forget what builds have kept",
    query: { all: flag, "keep-storage": integer, filters: text },
    answers: { 200: json(titled("BuildPruneResponse", object({ CachesDeleted: texts, SpaceReclaimed: integer }))) },
  },
  "POST /auth": {
    summary: "Try a login at its registry",
    body: request("AuthConfig", {
      username: text,
      password: text,
      email: text,
      serveraddress: text,
      identitytoken: text,
      registrytoken: text,
      auth: text,
    }),
    answers: { 200: json(titled("AuthResponse", object({ Status: text, IdentityToken: text }))) },
    errors: [401, 503],
  },
};
