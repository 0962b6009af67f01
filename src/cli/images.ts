import { type ImageSummary, listImages } from "../engine/list-images.ts";
import { type ImageRow, imageRows, imageSummaryJson } from "../views/image.ts";
import { type Command, defineCommand } from "./command.ts";

/** Headings of `images` that are not just the field in words. */
export const IMAGES_HEADERS: Readonly<Record<string, string>> = {
  ID: "IMAGE ID",
  CreatedSince: "CREATED",
  CreatedAt: "CREATED AT",
};

type Line = { summary: ImageSummary; row: ImageRow };

const SORTS: Readonly<Record<string, (a: Line, b: Line) => number>> = {
  created: (a, b) => b.summary.image.createdAtMs - a.summary.image.createdAtMs,
  id: (a, b) => compare(a.row.Id, b.row.Id),
  repository: (a, b) => compare(a.row.Repository, b.row.Repository) || compare(a.row.Tag, b.row.Tag),
  size: (a, b) => a.summary.image.sizeBytes - b.summary.image.sizeBytes,
  tag: (a, b) => compare(a.row.Tag, b.row.Tag),
};

export const command: Command = defineCommand({
  name: "images",
  summary: "List images",
  usage: "[OPTIONS] [NAME]",
  options: {
    all: { kind: "flag", short: "a", help: "Those that only serve as parts of others, too" },
    tree: { kind: "refused", help: "estiba image tree shows the layers of an image" },
    digests: { kind: "flag", help: "Show digests" },
    filter: {
      kind: "list",
      short: "f",
      value: "KEY=VALUE",
      help: "Only those that fit: reference=app*, label=KEY, dangling=true, before=IMAGE, until=24h",
    },
    format: { kind: "string", value: "TEMPLATE", help: "json, or a Go template, such as '{{.Repository}}:{{.Tag}}'" },
    history: { kind: "flag", help: "Show all names of each image" },
    "no-trunc": { kind: "flag", help: "Show whole ids" },
    noheading: { kind: "flag", short: "n", help: "Leave the headings out" },
    quiet: { kind: "flag", short: "q", help: "Show ids only" },
    sort: { kind: "string", value: "FIELD", help: "Order by a field (default created)", choices: Object.keys(SORTS) },
  },
  args: [0, 1],
  complete: "image",
  examples: [
    ["estiba images", "all of them"],
    ["estiba images --filter dangling=true -q", "ids of those without a name"],
    ["estiba images --format '{{.Repository}}:{{.Tag}} {{.Size}}'", "a line of one's own"],
  ],
  async run(values, [name], cli) {
    const filters = name === undefined ? values.filter : [...values.filter, `reference=${name}`];
    const listed = listImages(cli.engine(), { all: values.all, filters });
    const options = { nowMs: Date.now(), full: values["no-trunc"] };
    const lines = listed
      .flatMap((summary) =>
        imageRows(summary, { ...options, containers: summary.containers }).map((row) => ({ summary, row })),
      )
      .sort(SORTS[values.sort ?? "created"]);
    if (values.format === "json") {
      cli.out(
        `${JSON.stringify(
          lines.map(({ summary }) => imageSummaryJson(summary, summary.containers)),
          null,
          4,
        )}\n`,
      );
      return 0;
    }
    if (values.quiet && values.format === undefined) {
      cli.out([...new Set(lines.map(({ row }) => `${row.ID}\n`))].join(""));
      return 0;
    }
    const { chosenFormat, renderTable } = await import("./table.ts");
    const format = chosenFormat(values.format, defaultFormat(values));
    const rows = lines.map(({ row }) => row);
    cli.out(renderTable(format, rows, { headers: IMAGES_HEADERS, noHeading: values.noheading, name: "images" }));
    return 0;
  },
});

/** The table that `images` shows by itself. */
export function defaultFormat({ digests, history }: { digests: boolean; history: boolean }): string {
  const digest = digests ? "{{.Digest}} " : "";
  return `table {{.Repository}} {{.Tag}} ${digest}{{.ID}} {{.CreatedSince}} {{.Size}}${history ? " {{.History}}" : ""}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
