import { evaluate } from "./evaluate.ts";
import { type Builtin, FUNCTIONS, type TemplateFunction } from "./functions.ts";
import { parse } from "./parser.ts";
import { type Shape, toGoValue } from "./value.ts";

export type TemplateOptions = {
  /** What errors call the template: the command, as in Podman. */
  name?: string;
  /** More functions, or others in the place of built-in ones. */
  functions?: Readonly<Record<string, TemplateFunction>>;
  /** Names that stand after a dot like fields but compute: `.Label "x"`; the first argument is what stands before the dot. */
  methods?: Readonly<Record<string, TemplateFunction>>;
  /** What objects and nulls are in Go, by the name of their field; any other object is a struct, any other null a nil pointer. */
  shapes?: Readonly<Record<string, Shape>>;
  /** True for the JSON of the peers: a field is found by its Go name, too, such as `.CreatedBy` for `created_by`. */
  jsonNames?: boolean;
  /** True for `--format`: `\t` and `\n` in the text between actions are a tab and a line feed. */
  escapes?: boolean;
};

/** A template that is parsed once and rendered over many values. */
export type Template = {
  /** The text for one value. Throws `invalid`, in Go's words, for what cannot be evaluated. */
  readonly render: (data: unknown) => string;
};

/**
 * Parses Go's text/template (https://pkg.go.dev/text/template) with the functions that Docker and Podman add. Throws `invalid` in Go's
 * words, with the line.
 */
export function parseTemplate(text: string, options: TemplateOptions = {}): Template {
  const functions: Record<string, Builtin> = { ...FUNCTIONS };
  for (const [name, call] of Object.entries(options.functions ?? {}))
    functions[name] = { call, takes: [], rest: "any" };
  const source = { name: options.name ?? "format", text };
  const parsed = parse(source, { functions: new Set(Object.keys(functions)), escapes: options.escapes ?? false });
  const shapes = options.shapes ?? {};
  const surroundings = {
    source,
    parsed,
    functions,
    methods: options.methods ?? {},
    jsonNames: options.jsonNames ?? false,
    shapes,
  };
  return { render: (data) => evaluate(surroundings, toGoValue(data, shapes)) };
}

/** Parses and renders once; see {@link parseTemplate}. */
export function renderTemplate(source: string, data: unknown, options: TemplateOptions = {}): string {
  return parseTemplate(source, options).render(data);
}
