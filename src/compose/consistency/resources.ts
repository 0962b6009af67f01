import type { Node } from "../../lib/yaml/node.ts";
import { problemAt } from "../../lib/yaml/problem.ts";
import { at, pairs } from "../edit.ts";

const SOURCES: Readonly<Record<string, readonly string[]>> = {
  secrets: ["file", "environment"],
  configs: ["file", "environment", "content"],
};
/** What may stand beside `external`. */
const BESIDE_EXTERNAL = ["external", "name"];

/** Refuses secrets and configs without exactly one source, and attributes of what is external and so made elsewhere. */
export function checkResources(model: Node): void {
  for (const [kind, sources] of Object.entries(SOURCES)) {
    for (const [name, one] of pairs(at(model, kind))) {
      const given = sources.filter((source) => at(one, source) !== undefined);
      const elsewhere = isExternal(one) || at(one, "driver") !== undefined;
      if (given.length === 1 || (given.length === 0 && elsewhere)) continue;
      const list = sources.map((source) => `\`${source}\``).join(", ");
      const what =
        given.length === 0
          ? `${kind.slice(0, -1)} "${name}" must declare one of ${list}`
          : `${kind.slice(0, -1)} "${name}": ${given.map((source) => `\`${source}\``).join(" and ")} are mutually exclusive`;
      throw problemAt(one.origin, { reason: "compose.inconsistent", what });
    }
  }
  for (const kind of ["networks", "volumes", "secrets", "configs"]) {
    for (const [name, one] of pairs(at(model, kind))) if (isExternal(one)) refuseMore(kind, name, one);
  }
}

function isExternal(one: Node): boolean {
  const external = at(one, "external");
  return external?.kind === "scalar" && external.value === true;
}

function refuseMore(kind: string, name: string, one: Node): void {
  const more = pairs(one).find(([key]) => !BESIDE_EXTERNAL.includes(key) && !key.startsWith("x-"));
  if (more === undefined) return;
  throw problemAt(more[1].origin, {
    reason: "compose.inconsistent",
    what: `${kind}.${name}: conflicting parameters "external" and "${more[0]}" specified`,
    fix: "what is external is made elsewhere: remove the attribute",
  });
}
