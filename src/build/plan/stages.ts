import { nearest } from "../../lib/nearest.ts";
import type { Containerfile, Stage } from "../parse/containerfile.ts";
import type { Instruction } from "../parse/instruction.ts";
import { syntaxError } from "../parse/source.ts";

/** What a name after FROM, `--from` or `from=` means. */
export type Origin = { readonly stage: Stage } | { readonly image: string };

/** The stage to build: the last one, or the one named (any case) or numbered. Throws `invalid`, with the nearest name. */
export function targetStage({ source, stages }: Containerfile, target: string | undefined): Stage {
  const last = stages.at(-1);
  const wanted = target === undefined || target === "" ? last : findStage(stages, target);
  if (wanted !== undefined) return wanted;
  const guess = nearest(
    target ?? "",
    stages.flatMap(({ name }) => name ?? []),
  );
  throw syntaxError(source, { line: 1, column: 1 }, `target stage "${target}" could not be found`, {
    reason: "build.unknown_stage",
    fix: guess === undefined ? undefined : `did you mean ${guess}?`,
  });
}

/** What FROM names: an earlier stage by its exact name, else an image. */
export function baseOrigin(stages: readonly Stage[], stage: Stage, image: string): Origin {
  const earlier = stages.slice(0, stage.index).findLast(({ name }) => name === image);
  return earlier === undefined ? { image } : { stage: earlier };
}

/**
 * What `--from` or `from=` names: a stage by name (any case) or number, else an image. Throws `invalid` for a stage that is defined later,
 * or the stage itself.
 */
export function copyOrigin(file: Containerfile, stage: Stage, instruction: Instruction, name: string): Origin {
  const found = findStage(file.stages.slice(0, stage.index), name);
  if (found !== undefined) return { stage: found };
  const later = findStage(file.stages, name);
  if (later === undefined) return { image: name };
  throw syntaxError(
    file.source,
    instruction.placeOf(Math.max(0, instruction.text.indexOf(name))),
    `cannot copy from stage "${name}", it needs to be defined before current stage "${stage.name ?? stage.index}"`,
  );
}

function findStage(stages: readonly Stage[], name: string): Stage | undefined {
  if (/^\d+$/.test(name)) return stages.find(({ index }) => index === Number(name));
  return stages.findLast((stage) => stage.name === name.toLowerCase());
}
