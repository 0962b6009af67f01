import type { Database } from "bun:sqlite";
import { EstibaError } from "../lib/error.ts";

type Holder = { id: string; kind: "container" | "pod" };

/** Containers and pods share one set of names, as with Podman. Throws `conflict`, saying who has it. Joins the caller's transaction. */
export function refuseTakenName(store: Database, name: string, furtherWay: string): void {
  const holder = store
    .query<Holder, [string, string]>(
      "SELECT id, 'container' AS kind FROM container WHERE name = ? UNION ALL SELECT id, 'pod' FROM pod WHERE name = ?",
    )
    .get(name, name);
  if (holder === null) return;
  const { id, kind } = holder;
  throw new EstibaError("conflict", {
    reason: kind === "pod" ? "pod.name_in_use" : "container.name_in_use",
    what: `the ${kind} name "${name}" is already in use by ${id.slice(0, 12)}`,
    fix: `remove it (estiba ${kind === "pod" ? "pod rm" : "rm"} ${name}), or choose another name${furtherWay}`,
    details: { id },
  });
}
