import type { Node } from "../../lib/yaml/node.ts";
import { at, pairs } from "../edit.ts";
import { ATTRIBUTE_RULES } from "./attributes.ts";
import { checkContainerNames, checkCycles } from "./between.ts";
import { OWN_RULES } from "./own.ts";
import { checkPods } from "./pods.ts";
import { checkReferences } from "./references.ts";
import { checkResources } from "./resources.ts";

/** Throws at the first thing in the enabled services and their resources that cannot be meant. */
export function checkConsistency(model: Node, disabled: ReadonlyMap<string, Node>): void {
  const services = at(model, "services");
  for (const [name, service] of pairs(services)) {
    for (const rule of [...ATTRIBUTE_RULES, ...OWN_RULES]) rule(service, name);
    checkReferences(service, name, model, disabled);
  }
  checkResources(model);
  checkPods(services);
  checkContainerNames(services);
  checkCycles(services);
}
