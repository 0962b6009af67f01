import { closeSync } from "node:fs";
import { join, resolve } from "node:path";
import { EstibaError, isEstibaError } from "../lib/error.ts";
import type { ContainerRecord } from "../state/container.ts";
import { findContainer } from "../state/containers.ts";
import { layerPaths } from "../state/layers.ts";
import { type Change, diffLayer } from "../storage/diff.ts";
import { diffTrees } from "../storage/diff-trees.ts";
import { openLayers, prepareSnapshot } from "../storage/snapshot.ts";
import { openContainerRoot, rootLayers } from "./container-root.ts";
import type { Engine } from "./engine.ts";
import { findImage, lookUpImage } from "./find-image.ts";
import { mountTargets } from "./mount-targets.ts";
import { whileItIsThere } from "./while-it-is-there.ts";

/** What a name stands for; a container wins over an image of that name. */
type Subject = { readonly record: ContainerRecord } | { readonly chainId: string };

export type DiffKind = "any" | "container" | "image";

/**
 * What a container has changed in its image, or an image's topmost layer in those below it; only that layer is walked. With `against`, what
 * differs in the first from the second: added is what the first has alone. Throws `not_found`.
 */
export function* diffNames(
  engine: Engine,
  { name, against, kind }: { name: string; against?: string | undefined; kind: DiffKind },
): Generator<Change, void, undefined> {
  const subject = find(engine, name, kind);
  if (against !== undefined) return yield* diffSubjects(engine, subject, find(engine, against, kind));
  if ("record" in subject) {
    const { record } = subject;
    return yield* whileItIsThere(engine, record, () => {
      const { upper, layers } = prepareSnapshot(engine.paths.root, record.id);
      const lowers = rootLayers(engine, record).map((folder) => resolve(layers, folder));
      return diffLayer({ upper, lowers, mountTargets: mountTargets(record) });
    });
  }
  const [top, ...below] = layersOf(engine, subject.chainId);
  if (top === undefined) return;
  yield* diffLayer({ upper: top, lowers: below });
}

function* diffSubjects(engine: Engine, first: Subject, second: Subject): Generator<Change, void, undefined> {
  yield* whileSubject(engine, first, () =>
    whileSubject(engine, second, function* () {
      using one = openSubject(engine, first);
      using two = openSubject(engine, second);
      yield* diffTrees(one.fd, two.fd);
    }),
  );
}

function whileSubject(
  engine: Engine,
  subject: Subject,
  read: () => Generator<Change, void, undefined>,
): Generator<Change, void, undefined> {
  return "record" in subject ? whileItIsThere(engine, subject.record, read) : read();
}

function openSubject(engine: Engine, subject: Subject): Disposable & { readonly fd: number } {
  if ("record" in subject) return openContainerRoot(engine, subject.record, "read");
  const fd = openLayers(layersOf(engine, subject.chainId), join(engine.paths.runRoot, "empty"));
  return { fd, [Symbol.dispose]: () => closeSync(fd) };
}

/** Folders of an image's layers, topmost first. */
function layersOf(engine: Engine, chainId: string): string[] {
  return layerPaths(engine.store, chainId).map((folder) => join(engine.paths.layers, folder));
}

function find(engine: Engine, name: string, kind: DiffKind): Subject {
  if (kind !== "image") {
    try {
      return { record: findContainer(engine.store, name) };
    } catch (error) {
      if (kind === "container" || !isEstibaError(error, "not_found")) throw error;
    }
  }
  const found = kind === "image" ? findImage(engine, name) : lookUpImage(engine, name);
  if (found !== undefined) return { chainId: found.image.chainId ?? "" };
  throw new EstibaError("not_found", {
    reason: "container.unknown",
    what: `no container or image with name or ID "${name}" found`,
    fix: "see: estiba ps --all, and: estiba images",
  });
}
