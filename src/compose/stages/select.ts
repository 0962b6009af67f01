import { EstibaError } from "../../lib/error.ts";
import { nearest } from "../../lib/nearest.ts";
import type { Node } from "../../lib/yaml/node.ts";
import { at, items, mapServices, mapValues, pairs, textAt, update } from "../edit.ts";

export type Enabled = { readonly model: Node; readonly disabled: ReadonlyMap<string, Node> };

/**
 * The model with the services that a profile enables, or none needs; `*` enables all. A service that is named enables its own profiles.
 * Optional dependencies on what is disabled are gone.
 */
export function enableProfiles(model: Node, profiles: readonly string[], named: readonly string[]): Enabled {
  const services = at(model, "services");
  const wanted = new Set(profiles);
  for (const name of named) for (const profile of profilesOf(at(services, name))) wanted.add(profile);
  const disabled = new Map<string, Node>();
  for (const [name, service] of pairs(services)) {
    const own = profilesOf(service);
    if (own.length > 0 && !wanted.has("*") && !own.some((profile) => wanted.has(profile))) disabled.set(name, service);
  }
  const enabled = mapServices(model, (service, name) => (disabled.has(name) ? undefined : service));
  const present = new Set(pairs(at(enabled, "services")).map(([name]) => name));
  return {
    model: mapServices(enabled, (service) =>
      dropDependencies(service, (name, one) => present.has(name) || !isOptional(one)),
    ),
    disabled,
  };
}

/** The model with the named services and what they depend on; every service where none is named. */
export function selectServices(model: Node, names: readonly string[], dependencies: boolean): Node {
  const services = at(model, "services");
  if (names.length === 0) return model;
  const selected = new Set<string>();
  const add = (name: string): void => {
    const service = at(services, name);
    if (selected.has(name) || service === undefined) return;
    selected.add(name);
    if (dependencies) for (const [next] of pairs(at(service, "depends_on"))) add(next);
  };
  for (const name of names) {
    if (at(services, name) === undefined)
      throw unknownService(
        name,
        pairs(services).map(([one]) => one),
      );
    add(name);
  }
  return mapServices(model, (service, name) =>
    selected.has(name) ? dropDependencies(service, (one) => selected.has(one)) : undefined,
  );
}

/** The model without networks, volumes, secrets, configs and models that no service uses. */
export function pruneResources(model: Node): Node {
  const services = pairs(at(model, "services")).map(([, service]) => service);
  const used: Readonly<Record<string, Set<string>>> = {
    networks: new Set(services.flatMap((service) => pairs(at(service, "networks")).map(([name]) => name))),
    volumes: new Set(
      services.flatMap((service) => items(at(service, "volumes")).map((mount) => textAt(mount, "source") ?? "")),
    ),
    secrets: new Set(
      services.flatMap((service) => [...sources(at(service, "secrets")), ...sources(at(service, "build", "secrets"))]),
    ),
    configs: new Set(
      services.flatMap((service) => [
        ...sources(at(service, "configs")),
        textAt(service, "credential_spec", "config") ?? "",
      ]),
    ),
    models: new Set(services.flatMap((service) => pairs(at(service, "models")).map(([name]) => name))),
  };
  return Object.entries(used).reduce<Node>(
    (result, [kind, names]) =>
      update(result, kind, (all) =>
        all.kind === "dict" ? mapValues(all, (one, name) => (names.has(name) ? one : undefined)) : all,
      ),
    model,
  );
}

function sources(files: Node | undefined): string[] {
  return items(files).map((file) => textAt(file, "source") ?? "");
}

function profilesOf(service: Node | undefined): string[] {
  return items(at(service, "profiles")).map((profile) => textAt(profile) ?? "");
}

function isOptional(dependency: Node): boolean {
  const required = at(dependency, "required");
  return required?.kind === "scalar" && required.value === false;
}

function dropDependencies(service: Node, keep: (name: string, dependency: Node) => boolean): Node {
  return update(service, "depends_on", (all) => {
    if (all.kind !== "dict") return all;
    const kept = mapValues(all, (one, name) => (keep(name, one) ? one : undefined));
    return kept.entries.size === 0 ? undefined : kept;
  });
}

function unknownService(name: string, known: readonly string[]): EstibaError {
  const guess = nearest(name, known);
  return new EstibaError("not_found", {
    reason: "compose.unknown_service",
    what: `no such service: ${name}`,
    ...(guess === undefined ? {} : { fix: `did you mean "${guess}"?` }),
  });
}
