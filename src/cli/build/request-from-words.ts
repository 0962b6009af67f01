import type { BuildRequest } from "../../build/request.ts";
import type { Engine } from "../../engine/engine.ts";
import { badOption } from "../container/bad-option.ts";
import { parseCommandLine } from "../parse.ts";
import { BUILD_OPTIONS } from "./options.ts";
import { buildRequest, platformsOf } from "./request.ts";

type Surroundings = {
  readonly engine: Engine;
  readonly input: AsyncIterable<Uint8Array>;
  readonly signal: AbortSignal;
  readonly held: DisposableStack;
};

/**
 * What options of `build` ask for, for a door that has no command line, but the same words. The context `-` is the input. Throws as `build`
 * would.
 */
export async function buildFromWords(
  words: readonly string[],
  context: string,
  { engine, ...surroundings }: Surroundings,
): Promise<BuildRequest> {
  const { values } = parseCommandLine(words, BUILD_OPTIONS, { prefix: "estiba build", stopAtFirst: false });
  const request = await buildRequest(values, context, { cli: { engine: () => engine }, ...surroundings });
  const [platform, ...more] = platformsOf(values);
  if (more.length > 0) throw badOption("--platform", values.platform.join(","), "one platform");
  return { ...request, platform };
}
