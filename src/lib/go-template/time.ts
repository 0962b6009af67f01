/** Go's time.Time, which is a `Date` here, always in UTC: how it prints, and the methods that templates call. */

const MONTHS = "January February March April May June July August September October November December".split(" ");
const DAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");
const ZERO = Date.parse("0001-01-01T00:00:00Z");

/** A time that prints in JSON as Go's does: RFC 3339, without a fraction that is zero. Undefined is Go's zero time. */
export function goTime(ms: number | undefined): Date {
  const time = new Date(ms ?? ZERO);
  const text = time.toISOString().replace(/\.?0+Z$/, "Z");
  return Object.defineProperty(time, "toJSON", { value: () => text });
}

/** A time in RFC 3339 as it is, with digits that a `Date` does not hold. */
export function goTimeOf(text: string): Date {
  return Object.defineProperty(new Date(text), "toJSON", { value: () => text });
}

/** `2026-01-31 12:00:00.5 +0000 UTC`, as fmt prints a time. */
export function printTime(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace("T", " ")}${fraction(time)} +0000 UTC`;
}

function fraction(time: Date): string {
  const digits = /\.(\d+)/.exec(time.toJSON())?.[1]?.replace(/0+$/, "") ?? "";
  return digits === "" ? "" : `.${digits}`;
}

// What stands for each part in a layout; longer forms first (Go's time.Layout).
const LAYOUT =
  /January|Jan|Monday|Mon|MST|2006|-07:00|-0700|-07|Z07:00|Z0700|01|02|03|04|05|06|002|15|PM|pm|_2|[.,]0+(?!\d)|[.,]9+(?!\d)|[12345]/g;

/** time.Format. */
export function formatTime(time: Date, layout: string): string {
  return layout.replace(LAYOUT, (part) => formatPart(time, part));
}

function formatPart(time: Date, part: string): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const [month, day, hours] = [time.getUTCMonth(), time.getUTCDate(), time.getUTCHours()];
  const parts: Readonly<Record<string, string>> = {
    January: MONTHS[month] ?? "",
    Jan: MONTHS[month]?.slice(0, 3) ?? "",
    "1": String(month + 1),
    "01": two(month + 1),
    Monday: DAYS[time.getUTCDay()] ?? "",
    Mon: DAYS[time.getUTCDay()]?.slice(0, 3) ?? "",
    "2": String(day),
    _2: String(day).padStart(2),
    "02": two(day),
    "002": String(Math.floor((time.getTime() - Date.UTC(time.getUTCFullYear(), 0)) / 86_400_000) + 1).padStart(3, "0"),
    "15": two(hours),
    "3": String(hours % 12 || 12),
    "03": two(hours % 12 || 12),
    "4": String(time.getUTCMinutes()),
    "04": two(time.getUTCMinutes()),
    "5": String(time.getUTCSeconds()),
    "05": two(time.getUTCSeconds()),
    "2006": String(time.getUTCFullYear()).padStart(4, "0"),
    "06": two(time.getUTCFullYear() % 100),
    PM: hours < 12 ? "AM" : "PM",
    pm: hours < 12 ? "am" : "pm",
    MST: "UTC",
    "-0700": "+0000",
    "-07:00": "+00:00",
    "-07": "+00",
    "Z07:00": "Z",
    Z0700: "Z",
  };
  const named = parts[part];
  if (named !== undefined) return named;
  const digits = String(time.getUTCMilliseconds())
    .padStart(3, "0")
    .padEnd(part.length - 1, "0")
    .slice(0, part.length - 1);
  if (part.includes("0")) return `${part[0]}${digits}`;
  const trimmed = digits.replace(/0+$/, "");
  return trimmed === "" ? "" : `${part[0]}${trimmed}`;
}

/** The methods of time.Time without arguments, but for Format. */
export const TIME_METHODS: Readonly<Record<string, (time: Date) => unknown>> = {
  Year: (time) => time.getUTCFullYear(),
  Month: (time) => MONTHS[time.getUTCMonth()],
  Day: (time) => time.getUTCDate(),
  Weekday: (time) => DAYS[time.getUTCDay()],
  Hour: (time) => time.getUTCHours(),
  Minute: (time) => time.getUTCMinutes(),
  Second: (time) => time.getUTCSeconds(),
  Unix: (time) => Math.floor(time.getTime() / 1000),
  UnixMilli: (time) => time.getTime(),
  UnixNano: (time) => BigInt(time.getTime()) * 1_000_000n,
  IsZero: (time) => time.getTime() === ZERO,
  UTC: (time) => time,
  Local: (time) => time,
  String: printTime,
};
