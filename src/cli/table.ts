import { isEstibaError } from "../lib/error.ts";
import { parseTemplate, renderTemplate, type TemplateOptions } from "../lib/go-template/render.ts";
import { formatTable } from "../views/table.ts";
import { FORMAT_OPTIONS } from "./format-options.ts";

type TableOptions = {
  /** The command, which errors name. */
  readonly name?: string;
  /** Headings that are not just the field's name in words, by field. */
  readonly headers: Readonly<Record<string, string>>;
  readonly noHeading?: boolean;
};

// In a heading, functions of the cell leave the title as it is.
const HEADING_OPTIONS: TemplateOptions = {
  ...FORMAT_OPTIONS,
  functions: Object.fromEntries(
    ["json", "join", "lower", "pad", "split", "title", "truncate", "upper"].map((name) => [
      name,
      (title: unknown) => title,
    ]),
  ),
  methods: { Label: (_, name) => name },
};

/** A column that shows one field as it is. */
const ONE_FIELD = /^\{\{\s*\.(\w+)\s*\}\}$/;

/** The format that was asked for; the usual one where nothing was, or only `table`, as in Docker. */
export function chosenFormat(asked: string | undefined, usual: string): string {
  return asked === undefined || asked.trim() === "table" ? usual : asked;
}

/**
 * Rows by a `--format`. With the prefix `table ` they stand in columns below headings; columns are what tabs part, or, where the format
 * has none, spaces, as in Podman's. Without it each row is the template's text on a line of its own. Throws as `parseTemplate`.
 */
export function renderTable(
  format: string,
  rows: readonly object[],
  { headers, noHeading = false, name = "format" }: TableOptions,
): string {
  const text = format.trim();
  const options = { ...FORMAT_OPTIONS, name };
  if (!/^table(?:\s|\\t|\{\{|$)/.test(text)) return renderLines(format, rows, options);
  const columns = splitColumns(text.slice("table".length).replace(/^(?:\s|\\t)+/, ""));
  const templates = columns.map((column) => cellOf(column, options));
  const body = rows.map((row) => templates.map((cell) => cell(row)));
  const heading = columns.map((column) => headingOf(column, rows[0], headers));
  return formatTable(noHeading ? body : [heading, ...body]);
}

// Nearly every cell is one field that is text already: fifty rows of those are not worth an evaluator.
function cellOf(column: string, options: TemplateOptions): (row: object) => string {
  const template = parseTemplate(column, options);
  const field = ONE_FIELD.exec(column)?.[1];
  if (field === undefined) return (row) => template.render(row);
  return (row) => {
    const value: unknown = Object.hasOwn(row, field) ? (row as Record<string, unknown>)[field] : undefined;
    return typeof value === "string" ? value : template.render(row);
  };
}

function renderLines(format: string, rows: readonly object[], options: TemplateOptions): string {
  const template = parseTemplate(format, options);
  return rows
    .map((row) => {
      const text = template.render(row);
      return text.endsWith("\n") ? text : `${text}\n`;
    })
    .join("");
}

function splitColumns(format: string): string[] {
  // What stands between {{ and }} is one piece, whatever is in it.
  const pieces = format.split(/(\{\{[^]*?\}\})/);
  const outside = pieces.filter((_, place) => place % 2 === 0);
  const separator = outside.some((piece) => /\t|\\t/.test(piece)) ? /(?:\t|\\t)+/ : / +/;
  const columns = [""];
  // Blocks such as {{range}}...{{end}} belong to one column.
  let depth = 0;
  for (const [place, piece] of pieces.entries()) {
    const cells = place % 2 === 1 || depth > 0 ? [piece] : piece.split(separator);
    const [first = "", ...others] = cells;
    columns[columns.length - 1] += first;
    columns.push(...others);
    if (place % 2 === 1)
      depth += /^\{\{-?\s*(?:if|range|with|block|define)\b/.test(piece) ? 1 : /^\{\{-?\s*end\b/.test(piece) ? -1 : 0;
  }
  return columns.filter((column, place) => column !== "" || place < columns.length - 1);
}

function headingOf(column: string, row: object | undefined, headers: Readonly<Record<string, string>>): string {
  const title = (field: string): string => headers[field] ?? titleOf(field);
  const only = ONE_FIELD.exec(column)?.[1];
  if (only !== undefined && FORMAT_OPTIONS.methods?.[only] === undefined) return title(only);
  const names = [...Object.keys(row ?? {}), ...Object.keys(headers), ...fieldsOf(column)];
  try {
    return renderTemplate(column, Object.fromEntries(names.map((name) => [name, title(name)])), HEADING_OPTIONS);
  } catch (error) {
    if (!isEstibaError(error, "invalid")) throw error;
    // A column that looks into its field, or ranges over it, cannot do that with a title: the last field it names is its heading.
    return title(fieldsOf(column).at(-1) ?? "");
  }
}

function fieldsOf(column: string): string[] {
  const names = [...column.matchAll(/\.([A-Za-z_]\w*)/g)].map(([, name]) => name ?? "");
  return names.filter((name) => FORMAT_OPTIONS.methods?.[name] === undefined);
}

/** `RunningFor` becomes `RUNNING FOR`, `ImageID` `IMAGE ID`. */
function titleOf(field: string): string {
  const words = field.match(/[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+/g) ?? [field];
  return words.join(" ").toUpperCase();
}
