const MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)";

/** What differs from run to run, as a name for it. The order matters: longer forms first. */
const MASKS: readonly (readonly [RegExp, string])[] = [
  [/sha256:[0-9a-f]{64}/g, "sha256:<digest>"],
  [/\b[0-9a-f]{64}\b/g, "<id>"],
  [/\b(?=[0-9a-f]*\d)[0-9a-f]{12}\b/g, "<id12>"],
  [/\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/g, "<mac>"],
  [/\b(?:10\.\d+|172\.(?:1[6-9]|2\d|3[01])|192\.168)\.\d+\.\d+\b/g, "<ip>"],
  [/\b(?!0001)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?/g, "<rfc3339>"],
  [/\b(?!0001)\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [+-]\d{4} \S+(?: m=\S+)?/g, "<go time>"],
  [new RegExp(`\\b\\d{1,2} ${MONTH} \\d{4}\\b`, "g"), "<day>"],
  [/\b(?:About an?|Less than an?|\d+) (?:second|minute|hour|day|week|month|year)s?\b/g, "<duration>"],
  [/\b(?:\d+m)?\d+\.\d+m?s\b/g, "<go duration>"],
  [/\b1[67]\d{8}\b/g, "<seconds>"],
  [/(?<![.\d])\d+\.\d{3}(?![.\d])/g, "<percent>"],
  // crun and runc each have words of their own.
  [/OCI runtime: .*/g, "OCI runtime: <words>"],
  // Of files that other versions of busybox have larger or smaller.
  [/\b\d+(?:\.\d+)? ?[kMG]?B\b/g, "<size>"],
];

/**
 * Output without what is different at each run: ids, times, addresses, folders. Gaps between columns are two spaces, whatever the widths.
 * `places` are folders and their names.
 */
export function normalize(text: string, places: readonly (readonly [string, string])[]): string {
  let masked = text.replaceAll("\r\n", "\n");
  for (const [path, name] of places) masked = masked.replaceAll(path, name);
  for (const [pattern, name] of MASKS) masked = masked.replace(pattern, name);
  return masked.replace(/(\S) {2,}/g, "$1  ").replace(/[ \t]+$/gm, "");
}

/** Below an error Estiba puts a remedy, indented, and Podman where to read more (`See 'podman run --help'`): neither is compared. */
export function withoutRemarks(stderr: string): string {
  return stderr
    .split("\n")
    .filter((line) => !line.startsWith("  ") && !/^(?:See|Try) '/.test(line))
    .join("\n");
}
