import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Build } from "../../compose/build-section.ts";
import type { Loaded } from "../../compose/load.ts";
import { isSharedCache } from "../../compose/not-here.ts";
import { imageOf, type Naming } from "../../compose/plan/names.ts";
import type { Service } from "../../compose/service.ts";
import { isQualified, parseReference } from "../../oci/reference.ts";

/** What a command line adds to what the files say of builds. */
export type BuildAsked = {
  readonly arguments: readonly string[];
  readonly noCache: boolean;
  readonly pull: boolean;
  readonly ssh: readonly string[];
  readonly memory: string | undefined;
};

type Project = { readonly loaded: Loaded; readonly naming: Naming; readonly held: DisposableStack };

/**
 * The words of `estiba build` for a service: there is one way to build, and this is it. Texts that no file holds are written to files that
 * go when `held` is disposed.
 */
export function buildWords(name: string, asked: BuildAsked, { loaded, naming, held }: Project): string[] {
  const service = loaded.project.services[name] as Service;
  const build = service.build as Build;
  const list = (option: string, values: readonly string[] = []): string[] => values.flatMap((value) => [option, value]);
  const pairs = (option: string, values: Readonly<Record<string, string>> = {}): string[] =>
    list(
      option,
      Object.entries(values).map(([key, value]) => `${key}=${value}`),
    );
  const one = (option: string, value: string | number | undefined): string[] =>
    value === undefined ? [] : [option, String(value)];
  return [
    ...list("--tag", [imageOf(naming, name, service), ...(build.tags ?? [])]),
    ...fileWords(build, held),
    ...pairs("--build-arg", build.args),
    ...list("--build-arg", asked.arguments),
    ...pairs("--label", build.labels),
    ...pairs("--build-context", contextsOf(build, loaded, naming)),
    ...one("--target", build.target),
    ...(asked.noCache || build.no_cache === true ? ["--no-cache"] : []),
    ...list("--no-cache-filter", build.no_cache_filter),
    ...list("--cache-from", cachesOf(build.cache_from, loaded)),
    ...list("--cache-to", cachesOf(build.cache_to, loaded)),
    ...(asked.pull || build.pull === true ? ["--pull=always"] : []),
    ...one("--network", build.network),
    ...one("--shm-size", build.shm_size),
    ...one("--memory", asked.memory),
    ...list(
      "--add-host",
      (build.extra_hosts ?? []).map((entry) => entry.replace("=", ":")),
    ),
    ...list("--platform", build.platforms ?? [platformOf(loaded, name)].filter((one) => one !== undefined)),
    ...list("--ssh", [...(build.ssh ?? []), ...asked.ssh]),
    ...list(
      "--ulimit",
      Object.entries(build.ulimits ?? {}).map(([key, limit]) =>
        typeof limit === "number" ? `${key}=${limit}` : `${key}=${limit.soft}:${limit.hard}`,
      ),
    ),
    ...list("--allow", [...(build.entitlements ?? []), ...(build.privileged === true ? ["security.insecure"] : [])]),
    ...list("--secret", secretsOf(build, loaded, held)),
    build.context,
  ];
}

// A folder is meant from the project's. An image of this machine tells nothing that the build cache does not know.
function cachesOf(places: readonly string[] = [], { projectDirectory }: Loaded): string[] {
  return places
    .filter((place) => isSharedCache(place) && isAddress(place))
    .map((place) =>
      place.replace(
        /(^|,)(src|dest)=([^,]+)/,
        (_, before: string, key: string, folder: string) => `${before}${key}=${resolve(projectDirectory, folder)}`,
      ),
    );
}

function isAddress(place: string): boolean {
  return place.includes("=") || isQualified(parseReference(place));
}

function fileWords({ dockerfile, dockerfile_inline: inline, context }: Build, held: DisposableStack): string[] {
  if (inline !== undefined) return ["--file", written(inline, "Dockerfile", held)];
  // The usual name stands there where the file names none: then a Containerfile will do, too.
  const other = dockerfile === "Dockerfile" && !existsSync(join(context, dockerfile));
  if (dockerfile === undefined || (other && existsSync(join(context, "Containerfile")))) return [];
  return [
    "--file",
    /^([a-z]+:|git@|\/)/.test(context) && !context.startsWith("/") ? dockerfile : join(context, dockerfile),
  ];
}

function contextsOf({ additional_contexts = {} }: Build, { project }: Loaded, naming: Naming): Record<string, string> {
  return Object.fromEntries(
    Object.entries(additional_contexts).map(([key, context]) => {
      const other = context.startsWith("service:") ? context.slice("service:".length) : undefined;
      const service = other === undefined ? undefined : project.services[other];
      return [
        key,
        other === undefined || service === undefined ? context : `docker-image://${imageOf(naming, other, service)}`,
      ];
    }),
  );
}

function secretsOf({ secrets = [] }: Build, { project, environment }: Loaded, held: DisposableStack): string[] {
  return secrets.map(({ source, target = source }) => {
    const object = project.secrets[source];
    if (object?.file !== undefined) return `id=${target},src=${object.file}`;
    const text = object?.content ?? environment[object?.environment ?? ""] ?? "";
    return `id=${target},src=${written(text, "secret", held)}`;
  });
}

function written(text: string, name: string, held: DisposableStack): string {
  const folder = mkdtempSync(join(tmpdir(), "estiba-compose-"));
  held.defer(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

/** The platform of a service's image; undefined for that of the host. */
export function platformOf({ project, environment }: Loaded, service: string): string | undefined {
  return project.services[service]?.platform ?? (environment["DOCKER_DEFAULT_PLATFORM"] || undefined);
}
