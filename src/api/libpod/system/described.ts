import { version } from "../../docker/described-system.ts";
import { bytes, filters, json, jsonLines, type Operations } from "../../openapi/operation.ts";
import {
  flag,
  integer,
  list,
  object,
  oneOf,
  type Schema,
  text,
  textMap,
  texts,
  time,
  titled,
} from "../../openapi/schema.ts";
import { networkReports, podReports, pruneReports } from "../described-reports.ts";
import { info } from "./described-info.ts";

const event: Schema = titled(
  "LibpodEvent",
  object({
    status: text,
    id: text,
    from: text,
    Type: text,
    Action: text,
    Actor: object({ ID: text, Attributes: textMap }),
    scope: oneOf("local"),
    time: integer,
    timeNano: integer,
    "HealthStatus?": text,
  }),
);

const imageUsage: Schema = object({
  Repository: text,
  Tag: text,
  ImageID: text,
  Created: time,
  Size: integer,
  SharedSize: integer,
  UniqueSize: integer,
  Containers: integer,
});

const containerUsage: Schema = object({
  ContainerID: text,
  Image: text,
  Command: texts,
  LocalVolumes: integer,
  Size: integer,
  RWSize: integer,
  Created: time,
  Status: text,
  Names: text,
});

const usage: Schema = titled(
  "LibpodDiskUsage",
  object({
    ImagesSize: integer,
    Images: list(imageUsage),
    Containers: list(containerUsage),
    Volumes: list(object({ VolumeName: text, Links: integer, Size: integer, ReclaimableSize: integer })),
  }),
);

/** What is asked of the engine as a whole, by Podman's clients. */
export const SYSTEM_OPERATIONS: Operations = {
  "GET /libpod/_ping": { summary: "OK", answers: { 200: bytes("text/plain; charset=utf-8") } },
  "HEAD /libpod/_ping": { summary: "The headers alone", answers: { 200: bytes("text/plain; charset=utf-8") } },
  "GET /libpod/version": { summary: "Versions", answers: { 200: json(version) } },
  "GET /libpod/info": { summary: "The engine and its host", answers: { 200: json(info) } },
  "GET /libpod/events": {
    summary: "What happens, and has happened",
    query: {
      since: text,
      until: text,
      stream: flag,
      filters: filters("container", "event", "image", "label", "network", "pod", "secret", "type", "volume"),
    },
    answers: { 200: jsonLines(event) },
  },
  "GET /libpod/system/df": { summary: "What takes room on the disk", answers: { 200: json(usage) } },
  "POST /libpod/system/prune": {
    summary: "Remove what is not in use",
    query: { all: flag, volumes: flag, external: flag, build: flag, filters: filters("label", "label!", "until") },
    answers: {
      200: json(
        titled(
          "LibpodSystemPruneReport",
          object({
            PodPruneReport: podReports,
            ContainerPruneReports: pruneReports,
            ImagePruneReports: pruneReports,
            NetworkPruneReports: networkReports,
            VolumePruneReports: pruneReports,
            ReclaimedSpace: integer,
          }),
        ),
      ),
    },
  },
};
