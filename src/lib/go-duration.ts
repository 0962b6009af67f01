const UNITS: readonly (readonly [nanos: number, name: string])[] = [
  [1e6, "ms"],
  [1e3, "µs"],
  [1, "ns"],
];

/** A span of time as Go prints a Duration: `1h2m3.5s`, `13.679717ms`, `0s`. Nanoseconds, not below zero. */
export function goDuration(nanos: number): string {
  const whole = Math.round(nanos);
  if (whole <= 0) return "0s";
  if (whole < 1e9) {
    const [size, name] = UNITS.find(([unit]) => whole >= unit) ?? [1, "ns"];
    return `${trimmed(whole / size, Math.round(Math.log10(size)))}${name}`;
  }
  const hours = Math.floor(whole / 3.6e12);
  const minutes = Math.floor((whole % 3.6e12) / 6e10);
  const seconds = trimmed((whole % 6e10) / 1e9, 9);
  return `${hours > 0 ? `${hours}h` : ""}${hours > 0 || minutes > 0 ? `${minutes}m` : ""}${seconds}s`;
}

function trimmed(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
