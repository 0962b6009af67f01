import { EstibaError } from "../../lib/error.ts";
import { type Command, defineCommand } from "../command.ts";
import { isUser, outcomes } from "./context.ts";
import { unitStatus } from "./systemd.ts";

const DEFAULT_FORMAT = "table {{.Name}} {{.UnitName}} {{.Path}} {{.Status}}";
const HEADERS: Readonly<Record<string, string>> = {
  Name: "NAME",
  UnitName: "UNIT NAME",
  Path: "PATH ON DISK",
  Status: "STATUS",
};

type Row = { readonly Name: string; readonly UnitName: string; readonly Path: string; readonly Status: string };

export const command: Command = defineCommand({
  name: "quadlet list",
  summary: "List Quadlet files and the units they become",
  usage: "[OPTIONS]",
  options: {
    filter: { kind: "list", short: "f", value: "name=PATTERN", help: "Only files whose name fits, * for any text" },
    format: { kind: "string", value: "TEMPLATE", help: "json, or a Go template, such as '{{.UnitName}}'" },
  },
  args: [0, 0],
  examples: [["estiba quadlet list", "which files are there, and do their units run?"]],
  async run(values, _args, cli) {
    const fits = matcherOf(values.filter);
    const rows = outcomes(isUser()).flatMap((outcome): Row[] => {
      const { fileName, path } = outcome.file;
      if (!fits(fileName)) return [];
      const unit = "service" in outcome ? outcome.service.fileName : "";
      // What is wrong with a file is told by `quadlet generate --dryrun`.
      return [{ Name: fileName, UnitName: unit, Path: path, Status: unit === "" ? "Invalid" : unitStatus(unit) }];
    });
    if (values.format === "json") {
      cli.out(`${JSON.stringify(rows, null, 2)}\n`);
      return 0;
    }
    const { chosenFormat, renderTable } = await import("../table.ts");
    cli.out(
      renderTable(chosenFormat(values.format, DEFAULT_FORMAT), rows, {
        headers: HEADERS,
        noHeading: false,
        name: "quadlet list",
      }),
    );
    return 0;
  },
});

function matcherOf(filters: readonly string[]): (name: string) => boolean {
  const globs = filters.map((filter) => {
    const [, pattern] = /^name=(.+)$/.exec(filter) ?? [];
    if (pattern !== undefined) return new Bun.Glob(pattern);
    throw new EstibaError("invalid", {
      reason: "quadlet.bad_filter",
      what: `"${filter}" is not a filter of Quadlet files`,
      fix: "write --filter name=PATTERN",
    });
  });
  return (name) => globs.length === 0 || globs.some((glob) => glob.match(name));
}
