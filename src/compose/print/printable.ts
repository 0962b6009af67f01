import { formatGoDuration } from "../../lib/duration.ts";
import { innerOf } from "../plain.ts";
import type { Shape } from "../schema/shape.ts";

/** How a canonical value is to be shown. */
export type Printing = {
  /** Write `$` as `$$`, so that the result means the same when it is read again. */
  readonly escape: boolean;
};

/** A canonical value as `config` prints it: sizes as quoted numbers, durations as `1m30s`, modes as `"0440"`, dollar signs doubled. */
export function printable(value: unknown, shape: Shape | undefined, printing: Printing): unknown {
  if (typeof value === "string") return printing.escape && value.includes("$") ? value.replaceAll("$", "$$$$") : value;
  if (typeof value === "number") return printableNumber(value, shape);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const inner = shape?.type === "list" ? shape.of : undefined;
    return value.map((item: unknown) => printable(item, inner, printing));
  }
  const result: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value) as [string, unknown][]) {
    const below = shape === undefined ? undefined : innerOf(shape, key);
    if (!isNothing(key, inner, below)) result[key] = printable(inner, below, printing);
  }
  return result;
}

/** Parts that say nothing where nothing is in them; an empty `bind` or `volume` says what a mount is. */
const EMPTY_PARTS = ["ipam", "resources", "placement"];

// As the reference leaves it out: lists and mappings without a value. An empty command is one.
function isNothing(key: string, value: unknown, shape: Shape | undefined): boolean {
  if (typeof value !== "object" || value === null || shape === undefined) return false;
  const empty = Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0;
  return empty && (["list", "mapping", "named"].includes(shape.type) || EMPTY_PARTS.includes(key));
}

function printableNumber(value: number, shape: Shape | undefined): unknown {
  switch (shape?.type) {
    case "bytes":
      return String(value);
    case "duration":
      return formatGoDuration(Math.round(value * 1e6));
    case "mode":
      return `0${value.toString(8)}`;
    case "either":
      return printableNumber(value, shape.scalar);
    default:
      return value;
  }
}
