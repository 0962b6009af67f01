import type { Engine } from "../../engine/engine.ts";
import { pullImage } from "../../engine/pull.ts";

/** Makes sure that an image is here: pulls it when it is not. Throws what a pull throws. */
export async function provideTaskImage(engine: Engine, image: string, signal: AbortSignal): Promise<void> {
  const pulling = pullImage(engine, image, { policy: "missing", signal });
  while ((await pulling.next()).done !== true) signal.throwIfAborted();
}
