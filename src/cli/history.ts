import { imageHistory } from "../engine/history.ts";
import { historyJson, historyRow } from "../views/image-history.ts";
import { type Command, defineCommand } from "./command.ts";

/** Headings of `history` that are not just the field in words. */
export const HISTORY_HEADERS: Readonly<Record<string, string>> = {
  CreatedBy: "CREATED BY",
  CreatedAt: "CREATED AT",
  CreatedSince: "CREATED",
};
export const HISTORY_FORMAT = "table {{.ID}} {{.Created}} {{.CreatedBy}} {{.Size}} {{.Comment}}";

export const command: Command = defineCommand({
  name: "history",
  summary: "Show how an image came to be",
  usage: "[OPTIONS] IMAGE",
  options: {
    format: { kind: "string", value: "TEMPLATE", help: "json, or a Go template, such as '{{.CreatedBy}}'" },
    human: { kind: "flag", short: "H", on: true, help: "Sizes and times for people (default true)" },
    platform: { kind: "refused", help: "an image is stored for one platform; its name or id says which" },
    "no-trunc": { kind: "flag", help: "Show whole ids and commands" },
    quiet: { kind: "flag", short: "q", help: "Show ids only" },
  },
  args: [1, 1],
  complete: "image",
  examples: [
    ["estiba history app:1", "its layers and the steps that made them"],
    ["estiba history --no-trunc --format '{{.CreatedBy}}' app:1", "the steps alone, whole"],
  ],
  async run(values, [image = ""], cli) {
    const steps = imageHistory(cli.engine(), image);
    if (values.format === "json") {
      cli.out(`${JSON.stringify(steps.map(historyJson))}\n`);
      return 0;
    }
    const options = { nowMs: Date.now(), full: values["no-trunc"], human: values.human };
    const rows = steps.map((step) => historyRow(step, options));
    if (values.quiet && values.format === undefined) {
      cli.out(rows.map(({ ID }) => `${ID}\n`).join(""));
      return 0;
    }
    const { chosenFormat, renderTable } = await import("./table.ts");
    cli.out(
      renderTable(chosenFormat(values.format, HISTORY_FORMAT), rows, { headers: HISTORY_HEADERS, name: "history" }),
    );
    return 0;
  },
});
