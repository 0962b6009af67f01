import type { Place } from "../../lib/code-frame.ts";
import type { Heredoc } from "./heredoc.ts";

/** What runs: words for the kernel, or a text for the shell. */
export type CommandLine =
  | { readonly form: "exec"; readonly argv: readonly string[] }
  | { readonly form: "shell"; readonly text: string };

/** A name with a text that may hold variables and quotes; `index` of both is in the instruction's text. */
export type Assignment = { readonly name: string; readonly value: string };

export type Copy = {
  readonly sources: readonly string[];
  readonly destination: string;
  /** Those of the sources that are texts below the instruction; each becomes a file of its name. */
  readonly heredocs: readonly Heredoc[];
  readonly from?: string;
  readonly chown?: string;
  readonly chmod?: string;
  readonly link: boolean;
  readonly parents: boolean;
  readonly exclude: readonly string[];
};

export type HealthcheckTimes = {
  readonly interval?: string;
  readonly timeout?: string;
  readonly startPeriod?: string;
  readonly startInterval?: string;
  readonly retries?: string;
};

/** What an instruction says; texts are as written, their variables not replaced. */
export type Statement =
  | { readonly kind: "from"; readonly image: string; readonly platform?: string; readonly name?: string }
  | { readonly kind: "arg"; readonly args: readonly { readonly name: string; readonly value?: string }[] }
  | { readonly kind: "env" | "label"; readonly pairs: readonly Assignment[] }
  | {
      readonly kind: "run";
      readonly command: CommandLine;
      readonly heredocs: readonly Heredoc[];
      readonly mounts: readonly string[];
      readonly network?: string;
      readonly security?: string;
    }
  | ({ readonly kind: "copy" } & Copy)
  | ({ readonly kind: "add" } & Copy & {
        readonly checksum?: string;
        readonly keepGitDir: boolean;
        readonly unpack?: boolean;
      })
  | { readonly kind: "cmd" | "entrypoint"; readonly command: CommandLine }
  | { readonly kind: "shell"; readonly argv: readonly string[] }
  | { readonly kind: "workdir"; readonly text: string }
  | { readonly kind: "user" | "stopsignal" | "maintainer"; readonly text: string }
  | { readonly kind: "volume"; readonly paths: readonly string[] }
  | { readonly kind: "expose"; readonly ports: readonly string[] }
  | { readonly kind: "healthcheck"; readonly test: "none" | CommandLine; readonly times: HealthcheckTimes }
  | { readonly kind: "onbuild"; readonly trigger: string; readonly statement: Statement };

/** An instruction with where it stands. */
export type Instruction = {
  readonly statement: Statement;
  /** As written, continued lines joined. */
  readonly text: string;
  readonly line: number;
  /** The last line, its heredocs' included. */
  readonly endLine: number;
  /** Where a character of `text` stands. */
  readonly placeOf: (index: number) => Place;
};
