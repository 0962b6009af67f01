/** Whether labels have one: `KEY`, or `KEY=VALUE` where VALUE may end in `*` (Podman takes a pattern there). */
export function matchesLabel(labels: Readonly<Record<string, string>>, text: string): boolean {
  const equals = text.indexOf("=");
  if (equals < 0) return Object.hasOwn(labels, text);
  const key = text.slice(0, equals);
  const wanted = text.slice(equals + 1);
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  if (value === undefined) return false;
  return wanted.endsWith("*") && value !== wanted ? value.startsWith(wanted.slice(0, -1)) : value === wanted;
}
