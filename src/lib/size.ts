const UNITS: Readonly<Record<string, number>> = {
  b: 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
  p: 1024 ** 5,
};

/** Bytes of `512`, `64m`, `1.5g`, `2GiB` (powers of 1024, as Docker and Podman read limits); undefined for what is no size. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([bkmgtp])?(?:i?b)?$/i.exec(text.trim());
  const unit = UNITS[(match?.[2] ?? "b").toLowerCase()];
  if (match === null || unit === undefined) return undefined;
  const bytes = Math.floor(Number(match[1]) * unit);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** `4.26 MB`, powers of 1000 and at most four digits, as both peers' tables print sizes. */
export function formatSize(bytes: number): string {
  const [value, unit] = inUnits(bytes);
  return `${Number(value.toPrecision(4 > String(Math.floor(value)).length ? 3 : 4))} ${unit}`;
}

/** `4.257MB`: the same with four digits and no blank, as both peers print what is used. Source: go-units' HumanSize. */
export function formatUsage(bytes: number): string {
  const [value, unit] = inUnits(bytes);
  return `${Number(value.toPrecision(4))}${unit}`;
}

/** `504KiB`: powers of 1024. Source: go-units' BytesSize. */
export function formatBinaryUsage(bytes: number): string {
  const [value, unit] = inUnits(bytes, 1024, ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]);
  return `${Number(value.toPrecision(4))}${unit}`;
}

function inUnits(
  bytes: number,
  step = 1000,
  names: readonly string[] = ["B", "kB", "MB", "GB", "TB", "PB"],
): [value: number, unit: string] {
  let value = bytes;
  let unit = 0;
  while (value >= step && unit < names.length - 1) {
    value /= step;
    unit++;
  }
  return [value, names[unit] ?? ""];
}

const DECIMAL: Readonly<Record<string, number>> = { b: 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12, p: 1e15 };

/** Bytes of `10k`, `1.5mb`, `2GB` (powers of 1000, as both peers read the size of a log); undefined for what is no size. */
export function parseDecimalSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?([kmgtp])?i?b?$/i.exec(text.trim());
  const unit = DECIMAL[(match?.[2] ?? "b").toLowerCase()];
  if (match === null || unit === undefined) return undefined;
  const bytes = Math.floor(Number(match[1]) * unit);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
