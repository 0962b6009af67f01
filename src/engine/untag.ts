import { EstibaError } from "../lib/error.ts";
import { transaction } from "../state/database.ts";
import { forgetImageName, imageNames } from "../state/images.ts";
import { emitEvent } from "./emit-event.ts";
import type { Engine } from "./engine.ts";
import { findImage, lookUpImage } from "./find-image.ts";

/** Takes names of an image away, all of them where none is given; the image stays. All names or none. Throws `not_found`. */
export function untagImage(engine: Engine, text: string, targets: readonly string[]): void {
  const { image } = findImage(engine, text);
  const taken = transaction(engine.store, () => {
    const names = targets.map((target) => {
      const found = lookUpImage(engine, target);
      if (found?.by === "name" && found.name !== undefined && found.image.id === image.id) return found.name;
      throw unknownName(target, text);
    });
    const all = names.length > 0 ? names : imageNames(engine.store, image.id).map(({ name }) => name);
    return all.filter((name) => forgetImageName(engine.store, name));
  });
  for (const name of taken) emitEvent(engine, { type: "image", action: "untag", id: image.id, name });
}

function unknownName(target: string, image: string): EstibaError {
  return new EstibaError("not_found", {
    reason: "image.unknown_name",
    what: `${target}: tag not known: it is no name of the image "${image}"`,
    fix: `see: estiba image inspect --format '{{.RepoTags}}' ${image}`,
  });
}
