import type { PlayOptions } from "../../kube/plan/pod.ts";
import { parseCommandLine } from "../parse.ts";
import { PLAY_OPTIONS } from "./options.ts";
import { playOptions, seccompRoot } from "./play-options.ts";

/** What options of `kube play` say of all pods of a file; for a door that has no command line, but the same words. Throws as `kube play` would. */
export function playFromWords(words: readonly string[]): { options: PlayOptions; seccompRoot: string } {
  const { values } = parseCommandLine(words, PLAY_OPTIONS, { prefix: "estiba kube play", stopAtFirst: false });
  return { options: playOptions(values), seccompRoot: seccompRoot(values) };
}
