import { EstibaError } from "../error.ts";

/** What a template is read from: its text, and the name that errors give it. */
export type Source = { readonly name: string; readonly text: string };

/** From `at` up to `end` in the source: what errors show. */
export type Span = { readonly at: number; readonly end: number };

/** What a template is parsed to. */
export type Node =
  | { kind: "text"; text: string }
  | (Span & { kind: "action"; pipe: Pipe })
  | (Span & { kind: "if" | "with"; pipe: Pipe; body: Node[]; otherwise: Node[] })
  | (Span & { kind: "range"; pipe: Pipe; body: Node[]; otherwise: Node[] })
  | (Span & { kind: "template"; start: number; name: string; pipe: Pipe | undefined })
  | { kind: "break" | "continue" };

/** `$a, $b := command | command`. */
export type Pipe = Span & {
  readonly variables: readonly string[];
  /** True for `=`, which changes a variable that exists; false for `:=`. */
  readonly assigns: boolean;
  readonly commands: readonly Command[];
};

export type Command = Span & { readonly operands: readonly Operand[] };

/** The span of a chain of fields begins at its last-but-first name, as in Go: `.A.B` at the `.B`; `start` is where the whole begins. */
export type Operand = Span & { readonly start: number } & (
    | { readonly kind: "dot" | "nil" }
    | { readonly kind: "constant"; readonly value: string | number | boolean }
    /** `.A.B`, from dot. */
    | { readonly kind: "field"; readonly names: readonly string[] }
    /** `$x.A.B`; the name holds the `$`. */
    | { readonly kind: "variable"; readonly name: string; readonly names: readonly string[] }
    | { readonly kind: "function"; readonly name: string }
    /** `(pipeline).A.B` */
    | { readonly kind: "group"; readonly pipe: Pipe; readonly names: readonly string[] }
  );

/** A parsed source: its own nodes and those of every `define` and `block` in it. */
export type Parsed = { nodes: Node[]; definitions: ReadonlyMap<string, Node[]> };

type ErrorParts = { readonly what: string; readonly fix?: string | undefined; readonly cause?: unknown };

/** The error of a template that cannot be parsed, in Go's words: with the line. */
export function parseError({ name, text }: Source, at: number, { what, fix, cause }: ErrorParts): EstibaError {
  return invalid(`template: ${name}:${lineOf(text, at)}: ${what}`, fix, cause);
}

/** The error of a template that cannot be executed, in Go's words: with line, column from 0, and what was being executed. */
export function executionError(
  { name, text }: Source,
  context: Span & { start?: number },
  parts: ErrorParts,
): EstibaError {
  const { at, end } = context;
  const column = at - (text.lastIndexOf("\n", at - 1) + 1);
  const shown = text.slice(context.start ?? at, end);
  const place = `template: ${name}:${lineOf(text, at)}:${column}: executing "${name}" at <${shown}>`;
  return invalid(`${place}: ${parts.what}`, parts.fix, parts.cause);
}

function lineOf(text: string, at: number): number {
  return text.slice(0, at).split("\n").length;
}

function invalid(what: string, fix: string | undefined, cause: unknown): EstibaError {
  return new EstibaError("invalid", {
    reason: "template.invalid",
    what,
    fix: fix ?? "see https://pkg.go.dev/text/template for the syntax",
    cause,
  });
}
