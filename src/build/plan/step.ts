import type { Heredoc } from "../parse/heredoc.ts";
import type { Instruction } from "../parse/instruction.ts";

/** A command to run on the stage's files as they are. */
export type RunStep = {
  readonly kind: "run";
  /** What the kernel is given; a shell's text is its last word. */
  readonly argv: readonly string[];
  /** A script that stands in the Containerfile and is run itself, since it names its interpreter; `argv` is then empty. */
  readonly script: string | undefined;
  readonly env: readonly string[];
  readonly cwd: string;
  readonly user: string;
  /** `--mount` options, variables replaced. */
  readonly mounts: readonly string[];
  readonly network: "default" | "none" | "host";
  readonly insecure: boolean;
};

/** Files to be put into the stage. */
export type CopyStep = {
  readonly kind: "copy" | "add";
  /** A stage, an image or a named context; undefined for the context. */
  readonly from: string | undefined;
  readonly sources: readonly string[];
  /** Texts to be written as files; variables replaced where that was asked for. */
  readonly files: readonly Pick<Heredoc, "name" | "body">[];
  /** Absolute; ends in a slash where the user wrote one. */
  readonly destination: string;
  readonly chown: string | undefined;
  readonly chmod: string | undefined;
  readonly link: boolean;
  readonly parents: boolean;
  readonly exclude: readonly string[];
  readonly checksum: string | undefined;
  readonly keepGitDir: boolean;
  /** Undefined: archives of the context are unpacked by ADD, those from URLs are not. */
  readonly unpack: boolean | undefined;
};

/** A folder that the stage works in from now on; made where it is missing, for the user of that moment. */
export type WorkdirStep = { readonly kind: "workdir"; readonly path: string; readonly user: string };

/** Changes what an image does by default, and no file. */
export type MetaStep = { readonly kind: "meta" };

type InFile = {
  readonly instruction: Instruction;
  /** As it is told while it builds. */
  readonly title: string;
  /** As the history of the image has it. */
  readonly createdBy: string;
};

/** A step that may change files. */
export type LayerStep = (RunStep | CopyStep | WorkdirStep) & InFile;

/** One step of a stage, in order. */
export type Step = LayerStep | (MetaStep & InFile);
