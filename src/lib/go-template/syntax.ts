import { EstibaError } from "../error.ts";

/** What a template is parsed to. `at` is an offset in the source, for errors. */
export type Node =
  | { kind: "text"; text: string }
  | { kind: "action"; at: number; pipe: Pipe }
  | { kind: "if" | "with"; at: number; pipe: Pipe; body: Node[]; otherwise: Node[] }
  | { kind: "range"; at: number; pipe: Pipe; body: Node[]; otherwise: Node[] }
  | { kind: "template"; at: number; name: string; pipe: Pipe | undefined }
  | { kind: "break" | "continue"; at: number };

/** `$a, $b := command | command`. */
export type Pipe = {
  at: number;
  variables: readonly string[];
  /** True for `=`, which changes a variable that exists; false for `:=`. */
  assigns: boolean;
  commands: Command[];
};

export type Command = { at: number; operands: Operand[] };

export type Operand =
  | { kind: "dot" | "nil"; at: number }
  | { kind: "constant"; at: number; value: string | number | boolean }
  /** `.A.B`, from dot. */
  | { kind: "field"; at: number; names: string[] }
  /** `$x.A.B`; the name holds the `$`. */
  | { kind: "variable"; at: number; name: string; names: string[] }
  | { kind: "function"; at: number; name: string }
  /** `(pipeline).A.B` */
  | { kind: "group"; at: number; pipe: Pipe; names: string[] };

/** A parsed source: its own nodes and those of every `define` and `block` in it. */
export type Parsed = { nodes: Node[]; definitions: ReadonlyMap<string, Node[]> };

/** The error of a template, with the place in it as LINE:COLUMN. */
export function templateError(
  source: string,
  at: number,
  parts: { what: string; fix?: string | undefined; cause?: unknown },
): EstibaError {
  const before = source.slice(0, at);
  const column = at - before.lastIndexOf("\n");
  return new EstibaError("invalid", {
    reason: "template.invalid",
    what: `template ${before.split("\n").length}:${column}: ${parts.what}`,
    fix: parts.fix ?? "see https://pkg.go.dev/text/template for the syntax",
    cause: parts.cause,
  });
}
