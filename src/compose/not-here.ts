import { describePlace, problemAt } from "../lib/yaml/problem.ts";
import type { Loaded } from "./load.ts";

/** Attributes without a meaning on one machine: whoever writes them is told, and the project runs. */
export const TOLD: Readonly<Record<string, string>> = {
  "services.*.build.isolation": "works on Windows only",
  "services.*.build.secrets.gid": "a RUN step says by its mount who may read a secret",
  "services.*.build.secrets.mode": "a RUN step says by its mount who may read a secret",
  "services.*.build.secrets.uid": "a RUN step says by its mount who may read a secret",
  "services.*.build.provenance": "no attestations are made here",
  "services.*.build.sbom": "no attestations are made here",
  "services.*.deploy.endpoint_mode": "of clusters: here a name stands for all replicas",
  "services.*.deploy.placement": "of clusters: there is one node here",
  "services.*.deploy.resources.reservations.cpus": "of clusters: processors are shared by weight, see cpu_shares",
  "services.*.deploy.resources.reservations.generic_resources": "of clusters: there is one node here",
  "services.*.deploy.resources.reservations.devices.options": "devices by their CDI names have no options",
  "services.*.deploy.restart_policy.delay": "the pause before a restart grows by itself here",
  "services.*.deploy.restart_policy.window": "a container that ran for ten seconds counts as started here",
  "services.*.deploy.rollback_config": "of clusters: nothing is rolled back here",
  "services.*.deploy.update_config.delay": "of clusters: replicas are replaced one after the other here",
  "services.*.deploy.update_config.failure_action": "of clusters: nothing is rolled back here",
  "services.*.deploy.update_config.max_failure_ratio": "of clusters: nothing is rolled back here",
  "services.*.deploy.update_config.monitor": "of clusters: health checks tell when a replica is ready",
  "services.*.deploy.update_config.parallelism": "of clusters: replicas are replaced one after the other here",
  "services.*.gpus.options": "devices by their CDI names have no options",
  "networks.*.ipam.config.aux_addresses": "addresses are kept from containers by ip_range here",
  "networks.*.ipam.options": "there is one way to give addresses here, without options",
};

/** Attributes that cannot work here: a project that has one is refused when it is to run. `config` prints them. */
export const REFUSED: Readonly<Record<string, string>> = {
  "configs.*.template_driver": "templates are filled in by Swarm only",
  "secrets.*.driver": "secrets come from a file, a variable or the engine's store",
  "secrets.*.driver_opts": "secrets come from a file, a variable or the engine's store",
  "secrets.*.template_driver": "templates are filled in by Swarm only",
  "services.*.credential_spec": "works on Windows only",
  "services.*.external_links": "links reach only services of the project; let both join an external network",
  "services.*.models": "there is nothing here that runs models",
  "services.*.pre_start.per_replica": "an init container runs once for a service",
  "services.*.use_api_socket": "no daemon is behind a socket; run `estiba system service` and mount its socket",
};

type ValueRule = { readonly applies: (value: string) => boolean; readonly why: string };

const ELSEWHERE: ValueRule = {
  applies: (value) => /\btype=(?!registry\b|local\b|inline\b)/.test(value),
  why: "caches are shared by registries and folders here",
};

/** Attributes that work, but for some of their values: whoever writes one is told. */
export const TOLD_VALUES: Readonly<Record<string, ValueRule>> = {
  "services.*.build.cache_from": ELSEWHERE,
  "services.*.build.cache_to": ELSEWHERE,
  "services.*.deploy.mode": {
    applies: (value) => value !== "replicated",
    why: "of clusters: there is one node here, and a service has its replicas on it",
  },
};

/** Whether a place for results of builds is one that can be reached from here. */
export function isSharedCache(place: string): boolean {
  return !ELSEWHERE.applies(place);
}

/** A value of a project for which a table has a sentence. */
export type FoundAttribute = { readonly path: readonly (string | number)[]; readonly why: string };

/** What the project says in vain, a sentence each. Throws `compose.refused_attribute` for the first thing that cannot work here. */
export function checkRunnable({ project, sources }: Pick<Loaded, "project" | "sources">): string[] {
  const [refused] = attributesOf(project, REFUSED);
  if (refused !== undefined) {
    const origin = sources.of(refused.path);
    const what = `${refused.path.join(".")}: ${refused.why}`;
    if (origin !== undefined)
      throw problemAt(origin, { reason: "compose.refused_attribute", code: "unsupported", what, fix: "leave it out" });
  }
  return [...attributesOf(project, TOLD), ...findValues(project)].map(({ path, why }) => {
    const origin = sources.of(path);
    return `${origin === undefined ? "" : `${describePlace(origin)}: `}${path.join(".")} has no effect: ${why}`;
  });
}

function findValues(project: unknown): FoundAttribute[] {
  return Object.entries(TOLD_VALUES).flatMap(([pattern, { applies, why }]) =>
    valuesAt(project, pattern.split("."), [])
      .filter((path) => applies(String(path.reduce<unknown>(inside, project))))
      .map((path) => ({ path, why })),
  );
}

function inside(value: unknown, key: string | number): unknown {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
}

/** The values at the paths of a table; `*` is any name, and lists are gone through. A `false` says nothing, quoted or not. */
export function attributesOf(project: unknown, table: Readonly<Record<string, string>>): FoundAttribute[] {
  return Object.entries(table).flatMap(([pattern, why]) =>
    valuesAt(project, pattern.split("."), []).map((path) => ({ path, why })),
  );
}

function valuesAt(
  value: unknown,
  [key, ...rest]: readonly string[],
  path: readonly (string | number)[],
): (readonly (string | number)[])[] {
  if (value === undefined || value === null || value === false || value === "false") return [];
  if (Array.isArray(value))
    return value.flatMap((item: unknown, index) =>
      valuesAt(item, key === undefined ? [] : [key, ...rest], [...path, index]),
    );
  if (key === undefined) return [path];
  if (typeof value !== "object") return [];
  const entries = Object.entries(value) as [string, unknown][];
  return entries
    .filter(([name]) => key === "*" || key === name)
    .flatMap(([name, inner]) => valuesAt(inner, rest, [...path, name]));
}
