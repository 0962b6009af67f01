import { evaluate } from "./evaluate.ts";
import { FUNCTIONS, type TemplateFunction } from "./functions.ts";
import { parse } from "./parser.ts";

export type TemplateOptions = {
  /** More functions, or others in the place of built-in ones. */
  functions?: Readonly<Record<string, TemplateFunction>>;
  /** Names that stand after a dot like fields but compute: `.Label "x"`; the first argument is what stands before the dot. */
  methods?: Readonly<Record<string, TemplateFunction>>;
  /** Fields whose objects are Go maps: a key that is not there prints `<no value>` instead of being an error. `Map` always is one. */
  maps?: readonly string[];
  /** True for `--format`: `\t` and `\n` in the text between actions are a tab and a line feed. */
  escapes?: boolean;
};

/** A template that is parsed once and rendered over many values. */
export type Template = {
  /** The text for one value. Throws `invalid` with LINE:COLUMN for what cannot be evaluated. */
  readonly render: (data: unknown) => string;
};

/**
 * Parses Go's text/template (https://pkg.go.dev/text/template) with the functions that Docker and Podman add. `call` is refused: what a
 * template sees is data. Throws `invalid` with LINE:COLUMN in the template.
 */
export function parseTemplate(source: string, options: TemplateOptions = {}): Template {
  const functions = { ...FUNCTIONS, ...options.functions };
  const parsed = parse(source, { functions: new Set(Object.keys(functions)), escapes: options.escapes ?? false });
  const surroundings = { source, parsed, functions, methods: options.methods ?? {}, maps: new Set(options.maps) };
  return { render: (data) => evaluate(surroundings, data) };
}

/** Parses and renders once; see {@link parseTemplate}. */
export function renderTemplate(source: string, data: unknown, options: TemplateOptions = {}): string {
  return parseTemplate(source, options).render(data);
}
