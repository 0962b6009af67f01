import type { FileSummary } from "../../cluster/door/wire.ts";
import type { FileKind } from "../../cluster/model/file.ts";
import { matchesLabel } from "../../engine/label-filter.ts";
import { createdSince } from "../../views/image.ts";
import type { Values } from "../command.ts";
import type { Cli } from "../context.ts";
import { isJsonFormat } from "../format-options.ts";
import { parseFilters } from "../service/filter.ts";
import { chosenFormat, renderTable } from "../table.ts";
import { clusterFiles } from "./cluster.ts";

export const FILES_OPTIONS = {
  filter: { kind: "list", short: "f", value: "KEY=VALUE", help: "Only those that match: id, label, name" },
  format: { kind: "string", value: "TEMPLATE", help: "json, or a Go template, such as '{{.Name}}'" },
  quiet: { kind: "flag", short: "q", help: "Only ids" },
} as const;

const FORMATS: Readonly<Record<FileKind, string>> = {
  secret: "table {{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.CreatedAt}}\t{{.UpdatedAt}}",
  config: "table {{.ID}}\t{{.Name}}\t{{.CreatedAt}}\t{{.UpdatedAt}}",
};
const HEADERS: Readonly<Record<string, string>> = { ID: "ID", CreatedAt: "CREATED", UpdatedAt: "UPDATED" };

type Showing = Values<typeof FILES_OPTIONS> & { readonly noheading?: boolean };

/** Prints secrets or configs of the cluster as Docker does. Throws `invalid` for a filter that there is not. */
export async function showFiles(cli: Cli, kind: FileKind, values: Showing): Promise<number> {
  const matches = parseFilters<FileSummary>(values.filter, {
    id:
      (value) =>
      ({ id }) =>
        id.startsWith(value),
    name:
      (value) =>
      ({ name }) =>
        name.startsWith(value),
    label:
      (value) =>
      ({ labels }) =>
        matchesLabel(labels, value),
  });
  const found = (await clusterFiles(cli.engine(), kind).list()).filter(matches);
  const now = Date.now();
  const rows = found.map(({ id, name, labels, createdAt, updatedAt }) => ({
    ID: id,
    Name: name,
    Driver: "",
    CreatedAt: createdSince(createdAt, now),
    UpdatedAt: createdSince(updatedAt, now),
    Labels: Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(","),
  }));
  if (values.format !== undefined && isJsonFormat(values.format)) {
    for (const row of rows) cli.out(`${JSON.stringify(row)}\n`);
    return 0;
  }
  const format = chosenFormat(values.quiet ? "{{.ID}}" : values.format, FORMATS[kind]);
  cli.out(renderTable(format, rows, { headers: HEADERS, noHeading: values.noheading === true, name: `${kind} ls` }));
  return 0;
}
