import { badRequest } from "../../http/api-error.ts";
import type { Schema } from "../../openapi/schema.ts";
import { containerRequest } from "./described-create.ts";

/** The fields of a `SpecGenerator` that are read; one of them only to say why not. */
const CONTAINER_FIELDS: readonly string[] = [...fieldsOf(containerRequest), "storage_opts"];

/** The fields of a body, as it is described. */
export function fieldsOf(body: Schema): string[] {
  return Object.keys(body["properties"] as Record<string, Schema>);
}

/** What is so anyway: the image as typed, whole, beside what is made of it; a name again; what the client itself works with. */
const OF_NO_ACCOUNT: ReadonlySet<string> = new Set([
  "create_working_dir",
  "host_device_list",
  "raw_image_name",
  "volatile",
]);

/** Throws 400 for a field that says something and is not read: nothing is passed over that somebody has asked for. */
export function refuseUnknown(
  values: Readonly<Record<string, unknown>>,
  known: readonly string[] = CONTAINER_FIELDS,
): void {
  for (const [name, value] of Object.entries(values))
    if (!known.includes(name) && !OF_NO_ACCOUNT.has(name) && says(value))
      throw badRequest(`"${name}" is not supported`);
}

function says(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.values(value).some(says);
  return value !== null && value !== false && value !== 0 && value !== "";
}
