import { diagnose } from "../engine/doctor/doctor.ts";
import type { DoctorFinding, DoctorLevel } from "../engine/doctor/finding.ts";
import { type Command, defineCommand } from "./command.ts";

const MARKS = { ok: "ok", warning: "warning", error: "ERROR" } as const satisfies Record<DoctorLevel, string>;

export const command: Command = defineCommand({
  name: "doctor",
  summary: "Look for what keeps containers from working here, and how to mend it",
  usage: "[OPTIONS]",
  description:
    "Reads the host and changes nothing. The exit code is 1 when containers cannot run as they should, else 0.",
  options: {
    format: { kind: "string", short: "f", value: "TEMPLATE", help: "json, or a Go template for each finding" },
  },
  args: [0, 0],
  examples: [
    ["estiba doctor", "everything that was looked at, with what mends it"],
    ["estiba doctor --format '{{.Level}} {{.Check}}: {{.Fix}}'", "a line of one's own for each finding"],
  ],
  async run(values, _args, cli) {
    const findings = diagnose(cli.engine());
    const rows = findings.map(toRow);
    if (values.format === "json") cli.out(`${JSON.stringify(rows, null, 2)}\n`);
    else if (values.format === undefined) cli.out(describe(findings));
    else {
      const { renderTable } = await import("./table.ts");
      cli.out(renderTable(values.format, rows, { headers: {} }));
    }
    return findings.some(({ level }) => level === "error") ? 1 : 0;
  },
});

function toRow({ level, check, what, why, fix }: DoctorFinding): Record<string, string> {
  return { Level: level, Check: check, What: what, Why: why ?? "", Fix: fix ?? "" };
}

function describe(findings: readonly DoctorFinding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const indent = " ".repeat(width + 11);
  return findings
    .map(({ level, check, what, why, fix }) => {
      const below = [why, fix === undefined ? undefined : `-> ${fix}`].filter((line) => line !== undefined);
      return [
        `${MARKS[level].padEnd(9)}${check.padEnd(width + 2)}${what}`,
        ...below.map((line) => `${indent}${line}`),
      ].join("\n");
    })
    .map((lines) => `${lines}\n`)
    .join("");
}
