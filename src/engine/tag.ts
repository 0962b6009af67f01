import { transaction } from "../state/database.ts";
import { imageById, nameImage } from "../state/images.ts";
import { emitEvent } from "./emit-event.ts";
import type { Engine } from "./engine.ts";
import { findImage, ownName, unknownImage } from "./find-image.ts";

/** Gives an image further names, taking them from whatever had them. Throws `not_found`, `invalid`; all names or none. */
export function tagImage(engine: Engine, text: string, targets: readonly string[]): string[] {
  const { image } = findImage(engine, text);
  const names = targets.map(ownName);
  transaction(engine.store, () => {
    if (imageById(engine.store, image.id) === undefined) throw unknownImage(engine, text);
    for (const name of names) nameImage(engine.store, name, image.id);
  });
  for (const name of names) emitEvent(engine, { type: "image", action: "tag", id: image.id, name });
  return names;
}
