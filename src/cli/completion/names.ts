import { existsSync } from "node:fs";
import type { Engine } from "../../engine/engine.ts";
import { listContainers } from "../../state/containers.ts";
import { imageNames } from "../../state/images.ts";
import { listNetworks } from "../../state/networks.ts";
import { listPods } from "../../state/pods.ts";
import { listSecrets } from "../../state/secrets.ts";
import { listVolumes } from "../../state/volumes.ts";
import type { CompletionKind } from "../command.ts";
import type { Candidate } from "./suggest.ts";

const SHORT_ID = 12;

/** The names of a kind that exist under the engine's root; none for a root that does not exist (asking must not make it). */
export function namesOf(kind: CompletionKind, engine: Engine): Candidate[] {
  if (!existsSync(engine.paths.store)) return [];
  switch (kind) {
    case "container":
      return listContainers(engine.store).map(({ id, name }) => [name, id.slice(0, SHORT_ID)]);
    case "pod":
      return listPods(engine.store).map(({ id, name }) => [name, id.slice(0, SHORT_ID)]);
    case "image":
      return imageNames(engine.store).flatMap(({ name, imageId }) =>
        shortNames(name).map((short): Candidate => [short, imageId.slice(0, SHORT_ID)]),
      );
    case "volume":
      return listVolumes(engine.store).map(({ name }) => [name, ""]);
    case "network":
      return listNetworks(engine.store).map(({ name, id }) => [name, id.slice(0, SHORT_ID)]);
    case "secret":
      return listSecrets(engine.store).map(({ name, id }) => [name, id.slice(0, SHORT_ID)]);
    case "file":
    case "directory":
    case "none":
      return [];
  }
}

/** The name as it is stored, and as people type it: without the registry that a short name falls back to. */
function shortNames(name: string): string[] {
  const short = ["localhost/", "docker.io/library/"].find((prefix) => name.startsWith(prefix));
  return short === undefined ? [name] : [name.slice(short.length), name];
}
