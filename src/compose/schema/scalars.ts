import { parseDuration } from "../../lib/duration.ts";
import { parseSize } from "../../lib/size.ts";
import type { Scalar, ScalarValue } from "../../lib/yaml/node.ts";

/** A scalar's canonical value, or what it must be. `warn` is told of words that only YAML 1.1 knows. */
export type Read = (
  node: Scalar,
) => { readonly value: ScalarValue; readonly warning?: string } | { readonly expected: string };

const DAYS: Readonly<Record<string, number>> = { d: 24, w: 168 };

export const SCALARS: Readonly<Record<"integer" | "number" | "flag" | "bytes" | "duration" | "mode", Read>> = {
  integer: (node) => {
    const value =
      typeof node.value === "number" ? node.value : /^[-+]?\d+$/.test(node.text) ? Number(node.text) : Number.NaN;
    return Number.isSafeInteger(value) ? { value } : { expected: "an integer" };
  },
  number: (node) => {
    const value =
      typeof node.value === "number" ? node.value : node.text.trim() === "" ? Number.NaN : Number(node.text);
    return Number.isFinite(value) ? { value } : { expected: "a number" };
  },
  flag: (node) => {
    if (typeof node.value === "boolean") return { value: node.value };
    const word = typeof node.value === "string" ? node.value.toLowerCase() : "";
    if (word === "true" || word === "false") return { value: word === "true" };
    const value = ["y", "yes", "on"].includes(word);
    if (!value && !["n", "no", "off"].includes(word)) return { expected: "a boolean" };
    return { value, warning: `"${node.text}" for a boolean is not supported by YAML 1.2, please use \`${value}\`` };
  },
  bytes: (node) => {
    if (typeof node.value === "number" && Number.isInteger(node.value)) return { value: node.value };
    const value = node.text === "-1" ? -1 : parseSize(node.text);
    return value === undefined ? { expected: "a size such as 64m or 1gb" } : { value };
  },
  duration: (node) => {
    const value = typeof node.value === "string" || node.value === 0 ? parseLongDuration(node.text) : undefined;
    return value === undefined ? { expected: "a duration such as 10s or 1m30s" } : { value };
  },
  mode: (node) => {
    if (typeof node.value === "number" && Number.isInteger(node.value)) return { value: node.value };
    return /^(?:0o)?[0-7]+$/.test(node.text)
      ? { value: Number.parseInt(node.text.replace("0o", ""), 8) }
      : { expected: 'an octal number such as "0440"' };
  },
};

/** Go's durations, and days and weeks. */
function parseLongDuration(text: string): number | undefined {
  const hours = text
    .trim()
    .replaceAll(/(\d+(?:\.\d+)?)([dw])/g, (_, count: string, unit: string) => `${Number(count) * (DAYS[unit] ?? 0)}h`);
  return parseDuration(hours);
}
