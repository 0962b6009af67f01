import { filters, json, nothing, type Operations } from "../../openapi/operation.ts";
import {
  flag,
  integer,
  list,
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

/** A volume; with what it takes in `/system/df`. */
export const volume: Schema = titled(
  "Volume",
  object({
    CreatedAt: time,
    Driver: text,
    Labels: orNull(textMap),
    Mountpoint: text,
    Name: text,
    Options: orNull(textMap),
    Scope: text,
    "UsageData?": object({ RefCount: integer, Size: integer }),
  }),
);

/** Volumes. */
export const VOLUME_OPERATIONS: Operations = {
  "GET /volumes": {
    summary: "Volumes",
    query: { filters: filters("dangling", "driver", "label", "label!", "name") },
    answers: {
      200: json(titled("VolumeListResponse", object({ Volumes: list(volume), Warnings: orNull(texts) }))),
    },
  },
  "POST /volumes/create": {
    summary: "Make a volume; one that is there is given back",
    body: request("VolumeCreateRequest", { Name: text, Driver: text, DriverOpts: textMap, Labels: textMap }),
    answers: { 201: json(volume) },
    errors: [404, 409, 501],
  },
  "POST /volumes/prune": {
    summary: "Remove anonymous ones that no container uses, or all of them (all=true)",
    query: { filters: filters("all", "label", "label!") },
    answers: { 200: json(titled("VolumePruneResponse", object({ VolumesDeleted: texts, SpaceReclaimed: integer }))) },
  },
  "GET /volumes/{name}": { summary: "All about a volume", answers: { 200: json(volume) }, errors: [404] },
  "DELETE /volumes/{name}": {
    summary: "Remove it",
    query: { force: flag },
    answers: { 204: nothing },
    errors: [404, 409],
  },
};
