import type { ProcessDefaults } from "../../oci/image-config.ts";
import { parseTrigger } from "../parse/containerfile.ts";
import type { Instruction } from "../parse/instruction.ts";
import type { Source } from "../parse/source.ts";
import { copyStep, runStep, workdirStep } from "./layer-steps.ts";
import { applyMeta } from "./meta.ts";
import { argumentValue, type BuildArguments, type Replacer, replacerFor } from "./scope.ts";
import type { Step } from "./step.ts";

/** What a stage begins with. */
export type StageBase = {
  readonly config: { readonly process: ProcessDefaults; readonly author: string | undefined };
  /** Arguments that the stage it is made from had declared. */
  readonly args: ReadonlyMap<string, string | undefined>;
};

/** What all stages of a build share. */
export type BuildScope = {
  readonly source: Source;
  readonly escape: "\\" | "`";
  readonly arguments: BuildArguments;
  /** ARG before the first FROM, and the platforms. */
  readonly globals: ReadonlyMap<string, string | undefined>;
};

/** A stage with nothing left to look up but files. */
export type EvaluatedStage = {
  readonly steps: readonly Step[];
  readonly process: ProcessDefaults;
  readonly author: string | undefined;
  readonly args: ReadonlyMap<string, string | undefined>;
  readonly warnings: readonly string[];
};

/** A stage as far as it is evaluated. */
export type StageState = {
  process: ProcessDefaults;
  author: string | undefined;
  readonly args: Map<string, string | undefined>;
  /** CMD was given here: an ENTRYPOINT does not take it away. */
  cmdIsOwn: boolean;
  readonly warnings: string[];
};

const DEFAULT_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Evaluates a stage: variables are replaced, and what an instruction changes for those after it is kept. Triggers that the base left
 * (ONBUILD) come first. Pure. Throws `invalid` with the place in the file.
 */
export function evaluateStage(
  instructions: readonly Instruction[],
  base: StageBase,
  scope: BuildScope,
): EvaluatedStage {
  const { process } = base.config;
  const triggers = process.onBuild.map((text) => parseTrigger(text, { name: "ONBUILD", text }));
  const hasPath = process.env.some((entry) => entry.startsWith("PATH="));
  const state: StageState = {
    process: { ...process, onBuild: [], env: hasPath ? process.env : [DEFAULT_PATH, ...process.env] },
    author: base.config.author,
    args: new Map(base.args),
    cmdIsOwn: false,
    warnings: [],
  };
  const steps: Step[] = [];
  for (const instruction of triggers)
    steps.push(evaluate(instruction, state, { ...scope, source: { name: "ONBUILD", text: instruction.text } }));
  for (const instruction of instructions) steps.push(evaluate(instruction, state, scope));
  const { author, args, warnings } = state;
  return { steps, process: state.process, author, args, warnings };
}

/** The value of a variable at this point of a stage: of ENV, else of a declared ARG. */
function lookUp(state: Pick<StageState, "process" | "args">, name: string): string | undefined {
  const entry = state.process.env.findLast((item) => item.startsWith(`${name}=`));
  return entry === undefined ? state.args.get(name) : entry.slice(name.length + 1);
}

function evaluate(instruction: Instruction, state: StageState, scope: BuildScope): Step {
  const { statement } = instruction;
  // One instruction sees what was there before it.
  const before = { process: state.process, args: new Map(state.args) };
  const replace = replacerFor(scope.source, instruction, {
    lookup: (name) => lookUp(before, name),
    escape: scope.escape,
  });
  const place = { instruction, title: titleOf(instruction) };
  switch (statement.kind) {
    case "arg":
      return { kind: "meta", ...place, createdBy: declare(statement.args, state, { instruction, scope }) };
    case "run":
      return { ...runStep(statement, state, { replace, scope, instruction }), ...place };
    case "copy":
    case "add":
      return { ...copyStep(statement, state, { replace, scope, instruction }), ...place };
    case "workdir": {
      const { process, ...step } = workdirStep(statement.text, state, replace);
      state.process = process;
      return { ...step, ...place };
    }
    default:
      return { kind: "meta", ...place, createdBy: applyMeta(statement, state, { replace, scope, instruction }) };
  }
}

type Context = { readonly instruction: Instruction; readonly scope: BuildScope };

/** What evaluating one instruction needs besides the stage's state. */
export type StepContext = Context & { readonly replace: Replacer };

// The arguments of one ARG see those before them.
function declare(
  args: readonly { readonly name: string; readonly value?: string }[],
  state: StageState,
  { instruction, scope }: Context,
): string {
  const shown = args.map(({ name, value }) => {
    const replace = replacerFor(scope.source, instruction, {
      lookup: (other) => lookUp(state, other),
      escape: scope.escape,
    });
    const fallback = value === undefined ? scope.globals.get(name) : replace.text(value);
    const found = argumentValue(scope.arguments, name, fallback);
    if (state.process.env.some((entry) => entry.startsWith(`${name}=`)))
      state.warnings.push(`line ${instruction.line}: ARG ${name} is hidden by ENV ${name}`);
    state.args.set(name, found);
    return found === undefined ? name : `${name}=${found}`;
  });
  return `ARG ${shown.join(" ")}`;
}

function titleOf({ text }: Instruction): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
