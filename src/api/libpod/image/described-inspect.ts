import { healthConfig } from "../../docker/container/described-limits.ts";
import {
  flag,
  integer,
  list,
  nameSet,
  object,
  orNull,
  type Schema,
  text,
  textMap,
  texts,
  time,
  titled,
} from "../../openapi/schema.ts";

/** An element of the list. */
export const imageRow: Schema = titled(
  "LibpodImageSummary",
  object({
    Id: text,
    ParentId: text,
    RepoTags: orNull(texts),
    RepoDigests: texts,
    Size: integer,
    SharedSize: integer,
    VirtualSize: integer,
    Labels: orNull(textMap),
    Containers: integer,
    "Dangling?": flag,
    Names: texts,
    Digest: text,
    History: texts,
    Created: integer,
    CreatedAt: time,
  }),
);

const config: Schema = object({
  "User?": text,
  "ExposedPorts?": nameSet,
  "Env?": texts,
  "Entrypoint?": texts,
  "Cmd?": texts,
  "Volumes?": nameSet,
  "WorkingDir?": text,
  "Labels?": textMap,
  "StopSignal?": text,
  "OnBuild?": texts,
});

/** All about an image: `estiba image inspect`. */
export const imageInspected: Schema = titled(
  "LibpodImageInspect",
  object({
    Id: text,
    Digest: text,
    RepoTags: texts,
    RepoDigests: texts,
    Parent: text,
    Comment: text,
    Created: time,
    Config: config,
    Version: text,
    Author: text,
    Architecture: text,
    Os: text,
    "Variant?": text,
    Size: integer,
    VirtualSize: integer,
    GraphDriver: object({ Name: text, Data: textMap }),
    RootFS: object({ Type: text, Layers: texts }),
    Labels: orNull(textMap),
    Annotations: textMap,
    ManifestType: text,
    User: text,
    History: list(
      object({
        "created?": time,
        "created_by?": text,
        "author?": text,
        "comment?": text,
        "empty_layer?": flag,
      }),
    ),
    NamesHistory: texts,
    "Healthcheck?": healthConfig,
  }),
);
