import { diskUsage } from "../../engine/disk-usage.ts";
import { EstibaError } from "../../lib/error.ts";
import { usageRows, usageTables } from "../../views/disk-usage.ts";
import { formatTable } from "../../views/table.ts";
import { type Command, defineCommand } from "../command.ts";

export const command: Command = defineCommand({
  name: "system df",
  summary: "Show how much of the disk images, containers and volumes take",
  usage: "[OPTIONS]",
  description:
    "Each layer counts once, however many images have it; the blobs that are kept for copying an image count as its\nown. Reclaimable is what `system prune --all --volumes` would give back.",
  options: {
    format: { kind: "string", value: "TEMPLATE", help: "json, or a Go template, such as '{{.Type}} {{.Size}}'" },
    verbose: { kind: "flag", short: "v", help: "Each image, container and volume by itself" },
  },
  args: [0, 0],
  examples: [["estiba system df -v", "what takes the space"]],
  async run(values, _args, cli) {
    if (values.verbose && values.format !== undefined) throw verboseFormat();
    const usage = diskUsage(cli.engine());
    if (values.verbose) {
      const texts = usageTables(usage, Date.now()).map(({ title, rows }) => `${title}\n\n${formatTable(rows)}`);
      cli.out(texts.join("\n"));
      return 0;
    }
    const rows = usageRows(usage);
    if (values.format === "json") {
      cli.out(`${JSON.stringify(rows)}\n`);
      return 0;
    }
    const { chosenFormat, renderTable } = await import("../table.ts");
    const format = chosenFormat(values.format, "table {{.Type}} {{.Total}} {{.Active}} {{.Size}} {{.Reclaimable}}");
    cli.out(renderTable(format, rows, { headers: {}, name: "df" }));
    return 0;
  },
});

function verboseFormat(): EstibaError {
  return new EstibaError("invalid", {
    reason: "cli.verbose_format",
    what: "cannot combine --format and --verbose flags",
    fix: "leave out one of them",
  });
}
