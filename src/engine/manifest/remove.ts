import { transaction } from "../../state/database.ts";
import { deleteManifestList, deleteManifestListEntry } from "../../state/manifest-lists.ts";
import type { Engine } from "../engine.ts";
import { findEntry, findList } from "./find-list.ts";

/** Forgets a list; its images stay. Gives its full name. Throws `not_found`. */
export function removeList(engine: Engine, text: string): string {
  return transaction(engine.store, () => {
    const { name } = findList(engine, text);
    deleteManifestList(engine.store, name);
    return name;
  });
}

/** Takes an image out of a list; gives its digest. Throws `not_found`. */
export function removeEntry(engine: Engine, listText: string, imageText: string): string {
  return transaction(engine.store, () => {
    const list = findList(engine, listText);
    const { digest } = findEntry(engine, list, imageText).descriptor;
    deleteManifestListEntry(engine.store, list.name, digest);
    return digest;
  });
}
