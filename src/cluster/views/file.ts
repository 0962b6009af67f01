import type { FileSummary } from "../door/wire.ts";

/** A secret or config with Docker's fields; what a config says goes with it. */
export function fileDocument({
  id,
  name,
  labels,
  createdAt,
  updatedAt,
  version,
  data,
}: FileSummary): Record<string, unknown> {
  return {
    ID: id,
    Version: { Index: version },
    CreatedAt: new Date(createdAt).toISOString(),
    UpdatedAt: new Date(updatedAt).toISOString(),
    Spec: { Name: name, Labels: labels, ...(data === undefined ? {} : { Data: data }) },
  };
}
