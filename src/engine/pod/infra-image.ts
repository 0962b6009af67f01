import type { ContainerRecord } from "../../state/container.ts";
import type { Engine } from "../engine.ts";
import { lookUpImage } from "../find-image.ts";

/** Another content is another image: its name says which one it is. */
const PAUSE_IMAGE = "localhost/estiba-pause:2";

/** The image of infra containers, made on first use. Gives its name. */
export async function pauseImage(engine: Engine): Promise<string> {
  if (lookUpImage(engine, PAUSE_IMAGE) === undefined)
    await (await import("./make-infra-image.ts")).makePauseImage(engine, PAUSE_IMAGE);
  return PAUSE_IMAGE;
}

/** Whether a container only waits: what it runs is ours, and looks at nothing in its root. */
export function onlyWaits({ spec, imageName }: Pick<ContainerRecord, "spec" | "imageName">): boolean {
  return spec.pod?.infra === true && imageName === PAUSE_IMAGE;
}
