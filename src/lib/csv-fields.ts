/** The fields of one line as encoding/csv reads them: a field in double quotes may hold commas, and two of them stand for one. */
export function csvFields(text: string): string[] {
  const fields = text.match(/(?:"(?:[^"]|"")*"|[^",])+/g) ?? [];
  return fields.map((field) => (field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field));
}

/** A field as `csvFields` reads it. */
export function csvField(text: string): string {
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
