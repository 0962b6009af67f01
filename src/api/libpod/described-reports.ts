import { integer, list, object, orNull, type Schema, text, texts, titled } from "../openapi/schema.ts";

/** What a prune has removed, and what that took. */
export const pruneReports: Schema = list(titled("LibpodPruneReport", object({ Id: text, Size: integer })));

/** Pods that are gone. */
export const podReports: Schema = list(titled("LibpodPodPruneReport", object({ Err: orNull(text), Id: text })));

/** Networks that are gone. */
export const networkReports: Schema = list(
  titled("LibpodNetworkPruneReport", object({ Name: text, Error: orNull(text) })),
);

/** What became of images, or of lists of them. */
export const imageRemoval: Schema = titled(
  "LibpodImageRemoval",
  object({ Untagged: texts, Deleted: texts, Errors: orNull(texts), ExitCode: integer }),
);

/** A thing that was made, by its id. */
export const madeId: Schema = titled("LibpodId", object({ Id: text }));

/** Processes as a table. */
export const processes: Schema = titled(
  "LibpodTop",
  object({ Titles: texts, Processes: { type: "array", items: texts } }),
);
