import { transaction } from "../../state/database.ts";
import { putManifestList, putManifestListEntry } from "../../state/manifest-lists.ts";
import type { Engine } from "../engine.ts";
import { type Description, describe } from "./add.ts";
import { findEntry, findList } from "./find-list.ts";

/** Changes what a list says of one of its images; gives the digest. Throws `not_found`. */
export function annotateEntry(
  engine: Engine,
  [listText, imageText]: readonly [list: string, image: string],
  description: Description,
): string {
  return transaction(engine.store, () => {
    const list = findList(engine, listText);
    const { imageId, descriptor } = findEntry(engine, list, imageText);
    putManifestListEntry(engine.store, list.name, { imageId, descriptor: describe(descriptor, description) });
    return descriptor.digest;
  });
}

/** Adds annotations to the list itself. Throws `not_found`. */
export function annotateList(engine: Engine, text: string, annotations: Readonly<Record<string, string>>): void {
  transaction(engine.store, () => {
    const list = findList(engine, text);
    putManifestList(engine.store, { name: list.name, annotations: { ...list.annotations, ...annotations } });
  });
}
