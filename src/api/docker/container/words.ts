/** `--name=value`, or nothing. */
export function option(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [`--${name}=${value}`];
}

/** `--name=value` of each. */
export function options(name: string, values: readonly string[]): string[] {
  return values.map((value) => `--${name}=${value}`);
}

/** `--name=key=value` of each. */
export function pairs(name: string, values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).map(([key, value]) => `--${name}=${key}=${value}`);
}

/** `--name`, or nothing. */
export function flag(name: string, on: boolean): string[] {
  return on ? [`--${name}`] : [];
}
