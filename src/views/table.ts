const NARROWEST = 12;
const GAP = 2;

/** Rows as text in columns, laid out as Podman's tables: columns at least 12 wide, two spaces between them. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? NARROWEST, Bun.stringWidth(cell) + GAP);
    }
  }
  return rows
    .map((row) => `${row.map((cell, column) => pad(cell, column < row.length - 1 ? widths[column] : 0)).join("")}\n`)
    .join("");
}

function pad(cell: string, width = 0): string {
  return cell + " ".repeat(Math.max(0, width - Bun.stringWidth(cell)));
}
