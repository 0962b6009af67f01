import type { Engine } from "../../engine/engine.ts";
import { selectSecrets } from "../../engine/secret/list.ts";
import { removeSecret } from "../../engine/secret/remove.ts";
import { LABELS } from "../plan/names.ts";

/** Takes the copies of a project's secrets and configs away, and nothing that somebody made by hand. */
export function removeProjectSecrets(engine: Engine, project: string): void {
  for (const { id, labels } of selectSecrets(engine, []))
    if (labels[LABELS.project] === project) removeSecret(engine, id);
}
