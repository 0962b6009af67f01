import { existsSync } from "node:fs";
import { constants } from "node:os";
import type { Engine } from "../../engine/engine.ts";
import { listRuntimes } from "../../runtime/choose-runtime.ts";
import { listContainers } from "../../state/containers.ts";
import { imageNames } from "../../state/images.ts";
import { listNetworks } from "../../state/networks.ts";
import { listPods } from "../../state/pods.ts";
import { listSecrets } from "../../state/secrets.ts";
import { listVolumes } from "../../state/volumes.ts";
import type { CompletionKind } from "../command.ts";
import type { Candidate } from "./suggest.ts";

const SHORT_ID = 12;

/** Those that images are made for; a registry may have others. */
const ARCHITECTURES = ["amd64", "arm64", "arm/v7", "riscv64", "ppc64le", "s390x", "386"];

/** What is there of a kind; under the engine's root nothing where that does not exist (asking must not make it). */
export function namesOf(kind: CompletionKind, engine: Engine): Candidate[] {
  switch (kind) {
    case "runtime":
      return listRuntimes().map(({ name, path }) => [name, path]);
    case "platform":
      return ARCHITECTURES.map((architecture) => [`linux/${architecture}`, ""]);
    case "architecture":
      return ARCHITECTURES.filter((name) => !name.includes("/")).map((name) => [name, ""]);
    case "signal":
      return Object.entries(constants.signals).map(([name, number]) => [name, String(number)]);
    case "file":
    case "directory":
    case "none":
      return [];
    default:
      return existsSync(engine.paths.store) ? storedNames(kind, engine) : [];
  }
}

type StoredKind = Exclude<
  CompletionKind,
  "runtime" | "platform" | "architecture" | "signal" | "file" | "directory" | "none"
>;

function storedNames(kind: StoredKind, engine: Engine): Candidate[] {
  switch (kind) {
    case "container":
      return listContainers(engine.store).map(({ id, name }) => [name, id.slice(0, SHORT_ID)]);
    case "pod":
      return listPods(engine.store).map(({ id, name }) => [name, id.slice(0, SHORT_ID)]);
    case "image":
      return imageNames(engine.store).flatMap(({ name, imageId }) =>
        shortNames(name).map((short): Candidate => [short, imageId.slice(0, SHORT_ID)]),
      );
    case "namespace":
      return storedNames("container", engine).map(([name, id]) => [`container:${name}`, id]);
    case "network-mode":
      return [...storedNames("network", engine), ...storedNames("namespace", engine)];
    case "volume":
    case "mount-source":
      return listVolumes(engine.store).map(({ name }) => [name, ""]);
    case "network":
      return listNetworks(engine.store).map(({ name, id }) => [name, id.slice(0, SHORT_ID)]);
    case "secret":
      return listSecrets(engine.store).map(({ name, id }) => [name, id.slice(0, SHORT_ID)]);
  }
}

/** The name as it is stored, and as people type it: without the registry that a short name falls back to. */
function shortNames(name: string): string[] {
  const short = ["localhost/", "docker.io/library/"].find((prefix) => name.startsWith(prefix));
  return short === undefined ? [name] : [name.slice(short.length), name];
}
