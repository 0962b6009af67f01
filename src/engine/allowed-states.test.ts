import { expect, test } from "bun:test";
import { join } from "node:path";
import { ALLOWED_STATES, allows } from "./allowed-states.ts";

const STATES = ["created", "initialized", "running", "paused", "stopping", "restarting", "exited"] as const;

test("docs/lifecycle.md shows the table as it is", async () => {
  const page = await Bun.file(join(import.meta.dir, "../../docs/lifecycle.md")).text();
  const rows = Object.keys(ALLOWED_STATES).map((verb) => {
    const cells = STATES.map((state) => (allows(verb as keyof typeof ALLOWED_STATES, state) ? "✓" : ""));
    return `| \`${verb}\` | ${cells.join(" | ")} |`.replaceAll("|  |", "| |").replaceAll("|  |", "| |");
  });
  for (const row of rows) expect(page).toContain(row);
});
