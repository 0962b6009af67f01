import { bytes, filters, json, nothing, type Operations } from "../../openapi/operation.ts";
import {
  flag,
  integer,
  list,
  object,
  request,
  type Schema,
  text,
  textMap,
  time,
  titled,
} from "../../openapi/schema.ts";
import { pruneReports } from "../described-reports.ts";

const volume: Schema = titled(
  "LibpodVolume",
  object({
    Name: text,
    Driver: text,
    Mountpoint: text,
    CreatedAt: time,
    Labels: textMap,
    Scope: text,
    Options: textMap,
    "UID?": integer,
    "GID?": integer,
    "Anonymous?": flag,
    MountCount: integer,
    NeedsCopyUp: flag,
    NeedsChown: flag,
  }),
);

const TAR = "application/x-tar";

/** Volumes, for Podman's clients. */
export const VOLUME_OPERATIONS: Operations = {
  "GET /libpod/volumes/json": {
    summary: "Volumes",
    query: { filters: filters("dangling", "driver", "label", "label!", "name", "opt", "scope", "since", "until") },
    answers: { 200: json(list(volume)) },
    errors: [404],
  },
  "POST /libpod/volumes/create": {
    summary: "Make a volume",
    body: request("LibpodVolumeCreateRequest", {
      Name: text,
      Driver: text,
      Label: textMap,
      Labels: textMap,
      Options: textMap,
      UID: integer,
      GID: integer,
      IgnoreIfExists: flag,
      IgnoreIfExist: flag,
    }),
    answers: { 201: json(volume) },
    errors: [404, 409, 501],
  },
  "POST /libpod/volumes/prune": {
    summary: "Remove those that no container uses",
    query: { filters: filters("label", "label!", "until", "all", "anonymous") },
    answers: { 200: json(pruneReports) },
  },
  "GET /libpod/volumes/{name}/json": { summary: "All about a volume", answers: { 200: json(volume) }, errors: [404] },
  "GET /libpod/volumes/{name}/exists": { summary: "Whether it is there", answers: { 204: nothing }, errors: [404] },
  "GET /libpod/volumes/{name}/export": {
    summary: "Its files as an archive",
    answers: { 200: bytes(TAR) },
    errors: [404],
  },
  "POST /libpod/volumes/{name}/import": {
    summary: "Files of an archive, over what is there",
    body: { bytes: TAR },
    answers: { 204: nothing },
    errors: [404],
  },
  "DELETE /libpod/volumes/{name}": {
    summary: "Remove it; with force its containers, too",
    query: { force: flag, timeout: integer },
    answers: { 204: nothing },
    errors: [404, 409],
  },
};
