import { nearest } from "../../lib/nearest.ts";
import type { Entry, Node, Origin } from "../../lib/yaml/node.ts";
import { problemAt } from "../../lib/yaml/problem.ts";
import { at, items, pairs, textAt } from "../edit.ts";

type Reference = { readonly to: string; readonly origin: Origin; readonly word?: string };

/** Refuses what a service refers to and no file defines: networks, volumes, secrets, configs, models, other services. */
export function checkReferences(service: Node, name: string, model: Node, disabled: ReadonlyMap<string, Node>): void {
  const check = (kind: string, references: readonly Reference[]): void => {
    const defined = at(model, kind);
    for (const { to, origin, word = kind.slice(0, -1) } of references) {
      if (at(defined, to) === undefined)
        throw undefinedReference(`service "${name}" refers to undefined ${word} ${to}`, origin, to, defined);
    }
  };
  check("networks", keysOf(at(service, "networks")));
  check("volumes", items(at(service, "volumes")).flatMap(namedVolume));
  check("secrets", items(at(service, "secrets")).flatMap(sourceOf));
  check(
    "secrets",
    items(at(service, "build", "secrets"))
      .flatMap(sourceOf)
      .map((one) => ({ ...one, word: "build secret" })),
  );
  check("configs", items(at(service, "configs")).flatMap(sourceOf));
  const spec = at(service, "credential_spec", "config");
  if (spec !== undefined) check("configs", [{ to: textAt(spec) ?? "", origin: spec.origin }]);
  check("models", keysOf(at(service, "models")));
  checkDependencies(service, name, at(model, "services"), disabled);
}

function checkDependencies(
  service: Node,
  name: string,
  services: Node | undefined,
  disabled: ReadonlyMap<string, Node>,
): void {
  for (const { to, origin } of keysOf(at(service, "depends_on"))) {
    if (at(services, to) !== undefined) continue;
    const off = disabled.get(to);
    if (off === undefined)
      throw undefinedReference(`service "${name}" depends on undefined service "${to}"`, origin, to, services);
    const profiles = items(at(off, "profiles")).map((profile) => textAt(profile) ?? "");
    throw problemAt(origin, {
      reason: "compose.disabled_dependency",
      what: `service "${name}" depends on "${to}", which no enabled profile has`,
      fix: `add --profile ${profiles[0] ?? ""}, or write required: false`,
      also: off.origin,
    });
  }
}

function keysOf(node: Node | undefined): Reference[] {
  return node?.kind === "dict"
    ? [...node.entries].map(([to, { key }]: readonly [string, Entry]) => ({ to, origin: key }))
    : [];
}

function namedVolume(mount: Node): Reference[] {
  const source = at(mount, "source");
  const to = textAt(source) ?? "";
  return textAt(mount, "type") === "volume" && source !== undefined && to !== "" ? [{ to, origin: source.origin }] : [];
}

function sourceOf(file: Node): Reference[] {
  const source = at(file, "source");
  return source === undefined ? [] : [{ to: textAt(source) ?? "", origin: source.origin }];
}

function undefinedReference(what: string, origin: Origin, to: string, defined: Node | undefined): Error {
  const guess = nearest(
    to,
    pairs(defined).map(([name]) => name),
  );
  return problemAt(origin, {
    reason: "compose.undefined",
    what,
    fix: guess === undefined ? "define it at the top level of the file" : `did you mean "${guess}"?`,
  });
}
