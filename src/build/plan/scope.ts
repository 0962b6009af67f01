import type { Instruction } from "../parse/instruction.ts";
import { type Source, syntaxError } from "../parse/source.ts";
import { ExpansionError, expand, expandToWords, type Lookup } from "../variables/expand.ts";

/** Build arguments as given, and which of them something asked for. */
export type BuildArguments = { readonly given: ReadonlyMap<string, string>; readonly used: Set<string> };

/** Variables that reach RUN without being declared, in no history and no cache key. */
export const PROXY_NAMES: readonly string[] = [
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "FTP_PROXY",
  "NO_PROXY",
  "ALL_PROXY",
].flatMap((name) => [name, name.toLowerCase()]);

/** Arguments by which the builder itself goes. */
const BUILDER_NAMES: readonly string[] = [
  "BUILDKIT_CONTEXT_KEEP_GIT_DIR",
  "BUILDKIT_INLINE_CACHE",
  "SOURCE_DATE_EPOCH",
];

/** The value of a declared argument: given, else its default, else what the file's beginning says; undefined for none. */
export function argumentValue(
  { given, used }: BuildArguments,
  name: string,
  fallback: string | undefined,
): string | undefined {
  if (!given.has(name)) return fallback;
  used.add(name);
  return given.get(name);
}

/** Build arguments that nothing asked for. */
export function unusedArguments({ given, used }: BuildArguments): string[] {
  const known = [...used, ...PROXY_NAMES, ...BUILDER_NAMES];
  return [...given.keys()].filter((name) => !known.includes(name)).toSorted();
}

/** Replaces variables in the words of an instruction; errors point into the file. */
export type Replacer = {
  readonly text: (word: string) => string;
  readonly words: (words: readonly string[]) => string[];
  /** In the body of a heredoc. */
  readonly body: (text: string) => string;
};

/** A replacer for one instruction. */
export function replacerFor(
  source: Source,
  instruction: Instruction,
  { lookup, escape }: { lookup: Lookup; escape: "\\" | "`" },
): Replacer {
  const guarded = <T>(word: string, work: () => T): T => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof ExpansionError)) throw error;
      const at = Math.max(0, instruction.text.indexOf(word));
      throw syntaxError(source, instruction.placeOf(at + error.index), error.message);
    }
  };
  return {
    text: (word) => guarded(word, () => expand(word, lookup, { escape })),
    words: (words) => words.flatMap((word) => guarded(word, () => expandToWords(word, lookup, { escape }))),
    body: (text) => guarded("", () => expand(text, lookup, { escape, quotes: "keep" })),
  };
}
