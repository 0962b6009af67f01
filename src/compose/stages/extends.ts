import { nearest } from "../../lib/nearest.ts";
import { type Dict, dict, type Node, type Origin } from "../../lib/yaml/node.ts";
import { describePlace, problemAt } from "../../lib/yaml/problem.ts";
import { at, mapValues, textAt } from "../edit.ts";
import { merge } from "../merge.ts";
import { SERVICE } from "../schema/project-table.ts";

/** A file whose services can be bases of others. */
export type BaseFile = { readonly path: string; readonly model: Node };

/** What `extends` needs: the file it stands in, and how to read another. */
export type Bases = {
  readonly own: BaseFile;
  readonly read: (path: string, origin: Origin) => Promise<BaseFile>;
};

/** A service on the way to its base, for the message about a circle. */
type Step = { readonly service: string; readonly path: string; readonly origin: Origin };

/** The model with every service that extends another merged over it. */
export async function resolveExtends(model: Node, bases: Bases): Promise<Node> {
  const services = at(model, "services");
  if (model.kind !== "dict" || services?.kind !== "dict") return model;
  const resolved = new Map<string, Node>();
  for (const [name, { value }] of services.entries) {
    if (at(value, "extends") === undefined) continue;
    resolved.set(name, await resolveService(name, { ...bases.own, model }, bases, []));
  }
  if (resolved.size === 0) return model;
  return mapValues(model, (value, key) =>
    key === "services" && value.kind === "dict"
      ? mapValues(value, (service, name) => resolved.get(name) ?? service)
      : value,
  );
}

async function resolveService(name: string, file: BaseFile, bases: Bases, chain: readonly Step[]): Promise<Node> {
  const service = at(file.model, "services", name);
  const link = at(service, "extends");
  const target = textAt(link, "service");
  if (service?.kind !== "dict" || link === undefined || target === undefined)
    return service ?? dict(new Map(), file.model.origin);
  const steps = [...chain, { service: name, path: file.path, origin: link.origin }];
  const path = textAt(link, "file");
  const base = path === undefined ? file : await bases.read(path, link.origin);
  refuseCircle(steps, target, base.path);
  if (at(base.model, "services", target) === undefined) throw noBase(name, target, base, link.origin);
  const below = await resolveService(target, base, bases, steps);
  return merge(below, withoutExtends(service), SERVICE);
}

function withoutExtends(service: Dict): Dict {
  return mapValues(service, (value, key) => (key === "extends" ? undefined : value));
}

function refuseCircle(steps: readonly Step[], service: string, path: string): void {
  const again = steps.findIndex((step) => step.service === service && step.path === path);
  if (again === -1) return;
  const circle = steps.slice(again);
  const lines = circle.map(
    (step, index) => `  ${index === 0 ? "" : "extends "}${step.service} (${describePlace(step.origin)})`,
  );
  const origin = circle.at(-1)?.origin ?? steps[0]?.origin;
  if (origin === undefined) return;
  throw problemAt(origin, {
    reason: "compose.cycle",
    what: `Circular reference:\n${[...lines, `  extends ${service}`].join("\n")}`,
    fix: `let one of them stand alone`,
  });
}

function noBase(name: string, target: string, base: BaseFile, origin: Origin): Error {
  const services = at(base.model, "services");
  const guess = nearest(target, services?.kind === "dict" ? services.entries.keys() : []);
  return problemAt(origin, {
    reason: "compose.unknown_service",
    what: `cannot extend service "${name}": ${base.model.origin.source.name} has no service "${target}"`,
    fix: guess === undefined ? undefined : `did you mean "${guess}"?`,
  });
}
