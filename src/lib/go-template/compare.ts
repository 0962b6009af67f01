import { formatDefault, isDuration, isStruct, typeName } from "./value.ts";

/** Go's eq, of which ints and floats are one kind here. Throws for what Go cannot compare. */
export function isEqual(left: unknown, right: unknown): boolean {
  const [a, b] = [plain(left), plain(right)];
  if (isNumber(a) && isNumber(b)) return !(a < b) && !(a > b);
  if (a === undefined || b === undefined) return a === b;
  if (a === null || b === null) {
    const other = a ?? b;
    if (other === null || typeof other === "object") return a === b;
    throw incompatible(a, b);
  }
  if (typeof a !== typeof b) throw incompatible(a, b);
  for (const value of [a, b])
    if (Array.isArray(value) || value instanceof Map)
      throw new Error(`non-comparable type ${formatDefault(value)}: ${typeName(value)}`);
  if (isStruct(a) && isStruct(b)) return Object.keys({ ...a, ...b }).every((key) => isEqual(a[key], b[key]));
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
  return a === b;
}

/** Go's lt. */
export function isLess(left: unknown, right: unknown): boolean {
  const [a, b] = [plain(left), plain(right)];
  if (isNumber(a) && isNumber(b)) return a < b;
  if (typeof a === "string" && typeof b === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
  if (isBasic(a) && isBasic(b) && typeof a !== typeof b) throw incompatible(a, b);
  throw new Error("invalid type for comparison");
}

function plain(value: unknown): unknown {
  return isDuration(value) ? value.valueOf() : value;
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

function isBasic(value: unknown): boolean {
  return isNumber(value) || typeof value === "string" || typeof value === "boolean";
}

function incompatible(a: unknown, b: unknown): Error {
  return new Error(`incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`);
}
