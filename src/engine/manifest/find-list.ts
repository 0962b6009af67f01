import { EstibaError } from "../../lib/error.ts";
import { nearest } from "../../lib/nearest.ts";
import { digestHex, digestOf } from "../../oci/digest.ts";
import {
  getManifestList,
  type ManifestList,
  type ManifestListEntry,
  manifestListNames,
} from "../../state/manifest-lists.ts";
import type { Engine } from "../engine.ts";
import { lookUpImage, ownName } from "../find-image.ts";

const SHORTEST_ID = 12;

/** The id of a list, as images have one: made of its name. */
export function listId(name: string): string {
  return digestHex(digestOf(name));
}

/** The list of a name, under localhost/ unless it is qualified, or of the beginning of an id; undefined where there is none. */
export function lookUpList(engine: Engine, text: string): ManifestList | undefined {
  const named = getManifestList(engine.store, ownName(text));
  if (named !== undefined || text.length < SHORTEST_ID) return named;
  const name = manifestListNames(engine.store).find((other) => listId(other).startsWith(text));
  return name === undefined ? undefined : getManifestList(engine.store, name);
}

/** Like {@link lookUpList}. Throws `not_found` (`manifest.unknown`). */
export function findList(engine: Engine, text: string): ManifestList {
  const list = lookUpList(engine, text);
  if (list !== undefined) return list;
  const guess = nearest(ownName(text), manifestListNames(engine.store));
  throw new EstibaError("not_found", {
    reason: "manifest.unknown",
    what: `there is no manifest list "${text}"`,
    fix: guess === undefined ? `estiba manifest create ${text}` : `did you mean ${guess}?`,
  });
}

/** The entry that a digest, or a local image, stands for. Throws `not_found` (`manifest.no_entry`). */
export function findEntry(engine: Engine, list: ManifestList, text: string): ManifestListEntry {
  const byDigest = list.entries.find(({ descriptor }) => descriptor.digest === text);
  if (byDigest !== undefined) return byDigest;
  const id = lookUpImage(engine, text)?.image.id;
  const entry = list.entries.find(({ imageId }) => imageId === id);
  if (entry !== undefined) return entry;
  throw new EstibaError("not_found", {
    reason: "manifest.no_entry",
    what: `"${text}" is not in the manifest list ${list.name}`,
    fix: `estiba manifest inspect ${list.name} shows what is`,
  });
}
