import type { Engine } from "../engine.ts";
import { lookUpImage } from "../find-image.ts";

/** Another program is another image: its name says which one it is. */
const PAUSE_IMAGE = "localhost/estiba-pause:1";

/** The image of infra containers, made on first use. Gives its name. */
export async function pauseImage(engine: Engine): Promise<string> {
  if (lookUpImage(engine, PAUSE_IMAGE) === undefined)
    await (await import("./make-infra-image.ts")).makePauseImage(engine, PAUSE_IMAGE);
  return PAUSE_IMAGE;
}
