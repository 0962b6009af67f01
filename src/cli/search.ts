import { remoteTags } from "../engine/pull.ts";
import { type SearchResult, searchImages } from "../engine/search.ts";
import { type Command, defineCommand } from "./command.ts";
import { badOption } from "./container/bad-option.ts";
import { REGISTRY_OPTIONS, registryOptionsOf } from "./image/credentials.ts";
import { catchInterrupt } from "./image/interrupt.ts";

const DEFAULT_FORMAT = "table {{.Name}} {{.Description}}";
const COMPATIBLE_FORMAT = "table {{.Name}} {{.Description}} {{.Stars}} {{.Official}} {{.Automated}}";
const TAGS_FORMAT = "table {{.Name}} {{.Tag}}";
const USUAL_LIMIT = 25;
const DESCRIPTION_LENGTH = 44;

export const command: Command = defineCommand({
  name: "search",
  summary: "Search registries for repositories",
  usage: "[OPTIONS] TERM",
  description:
    "A term that begins with a registry (REGISTRY/TERM) searches that one, else the search registries of registries.conf are\nsearched, else docker.io. A registry alone (REGISTRY/) lists all of its repositories, where it can.",
  options: {
    ...REGISTRY_OPTIONS,
    compatible: { kind: "flag", help: "Show stars, official and automated, too" },
    filter: {
      kind: "list",
      short: "f",
      value: "KEY=VALUE",
      help: "Only those that fit: stars=N, is-official=true|false, is-automated=true|false",
    },
    format: { kind: "string", value: "TEMPLATE", help: "json, or a Go template, such as '{{.Name}}'" },
    limit: { kind: "integer", value: "N", help: "Most results of each registry (default 25)" },
    "list-tags": { kind: "flag", help: "The term is a repository: list its tags" },
    "no-trunc": { kind: "flag", help: "Show whole descriptions" },
  },
  configured: true,
  args: [1, 1],
  complete: "none",
  examples: [
    ["estiba search reg.example/app", "what a registry has of that name"],
    ["estiba search --list-tags reg.example/app", "the tags of a repository"],
  ],
  async run(values, [term = ""], cli) {
    using interrupt = catchInterrupt();
    const limit = values.limit ?? USUAL_LIMIT;
    if (limit < 1) throw badOption("--limit", String(limit), "1 or more");
    const options = { ...registryOptionsOf(values), signal: interrupt.signal };
    const text = term.replace(/^docker:\/\//, "");
    const { chosenFormat, renderTable } = await import("./table.ts");
    if (values["list-tags"]) {
      const rows = (await remoteTags(text, options)).slice(0, limit).map(tagRow);
      const [first] = rows;
      if (values.format === "json")
        cli.out(
          `${JSON.stringify(first === undefined ? [] : [{ Name: first.Name, Tags: rows.map(({ Tag }) => Tag) }], null, 4)}\n`,
        );
      else cli.out(renderTable(chosenFormat(values.format, TAGS_FORMAT), rows, { headers: {}, name: "search" }));
      return 0;
    }
    const found = await searchImages(text, { ...options, limit, filter: filterOf(values.filter) });
    const rows = found.map((result) => rowOf(result, values["no-trunc"]));
    if (values.format === "json") cli.out(`${JSON.stringify(rows, null, 4)}\n`);
    else {
      const usual = values.compatible ? COMPATIBLE_FORMAT : DEFAULT_FORMAT;
      cli.out(renderTable(chosenFormat(values.format, usual), rows, { headers: {}, name: "search" }));
    }
    return 0;
  },
});

function tagRow(full: string): { readonly Name: string; readonly Tag: string } {
  const colon = full.lastIndexOf(":");
  return { Name: full.slice(0, colon), Tag: full.slice(colon + 1) };
}

function rowOf({ index, fullName, description, stars, official, automated }: SearchResult, whole: boolean): object {
  const oneLine = description.replaceAll(/\s*\n\s*/g, " ");
  const short = oneLine.length > DESCRIPTION_LENGTH ? `${oneLine.slice(0, DESCRIPTION_LENGTH)}...` : oneLine;
  return {
    Index: index,
    Name: fullName,
    Description: whole ? oneLine : short,
    Stars: stars,
    Official: official ? "[OK]" : "",
    Automated: automated ? "[OK]" : "",
    Tag: "",
  };
}

function filterOf(list: readonly string[]): { stars?: number; official?: boolean; automated?: boolean } {
  const filter: { stars?: number; official?: boolean; automated?: boolean } = {};
  for (const text of list) {
    const [key = "", value = "true"] = text.split("=");
    const flag = value === "true" ? true : value === "false" ? false : undefined;
    if (key === "stars" && /^\d+$/.test(value)) filter.stars = Number(value);
    else if (key === "is-official" && flag !== undefined) filter.official = flag;
    else if (key === "is-automated" && flag !== undefined) filter.automated = flag;
    else throw badOption("--filter", text, "stars=N, is-official=true|false or is-automated=true|false");
  }
  return filter;
}
