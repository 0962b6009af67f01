import { badRequest } from "../../http/api-error.ts";
import { parseJsonObject } from "../../http/body.ts";
import type { Query } from "../../http/query.ts";
import { flag, option, options } from "../container/words.ts";
import { Fields } from "../fields.ts";
import { dockersName } from "../image/find.ts";
import { buildLimitWords } from "./limit-words.ts";

/**
 * The parameters of a build as options of `estiba build`. `rm`, `forcerm` and `cachefrom` ask for what is so anyway: nothing of a step stays,
 * and every layer here may serve. Throws 400 for what belongs to BuildKit.
 */
export function buildWords(query: Query): string[] {
  if (query.text("version") === "2")
    throw badRequest(
      "BuildKit's builds are not supported: set DOCKER_BUILDKIT=0, or use buildx with a docker-container builder",
    );
  if (query.text("outputs") !== undefined)
    throw badRequest("outputs are not supported: export files of a container instead");
  return [
    ...option("file", query.text("dockerfile")),
    ...options(
      "tag",
      query
        .all("t")
        .filter(Boolean)
        .map((name) => dockersName(name)),
    ),
    ...flag("no-cache", query.flag("nocache")),
    ...(query.flag("pull") ? ["--pull=always"] : []),
    ...flag("squash-all", query.flag("squash")),
    ...option("target", query.text("target")),
    ...option("platform", query.text("platform")),
    ...option("network", networkOf(query.text("networkmode"))),
    ...mapWords("build-arg", query.text("buildargs")),
    ...mapWords("label", query.text("labels")),
    ...options(
      "add-host",
      query
        .all("extrahosts")
        .flatMap((text) => text.split(","))
        .filter(Boolean),
    ),
    ...buildLimitWords(query),
    ...ulimitWords(query.text("ulimits")),
    // The service's own surroundings are nobody's business.
    "--http-proxy=false",
    "--format=docker",
  ];
}

function networkOf(mode: string | undefined): string | undefined {
  return mode === "default" || mode === "bridge" ? undefined : mode;
}

function mapWords(name: string, json: string | undefined): string[] {
  if (json === undefined) return [];
  // A value of null is "as the client has it", and it has none.
  const map = Object.entries(parseJsonObject(json)).filter(([, value]) => value !== null);
  return map.map(([key, value]) => {
    if (typeof value !== "string") throw badRequest(`invalid JSON: ${name} ${key} is not a string`);
    return `--${name}=${key}=${value}`;
  });
}

function ulimitWords(json: string | undefined): string[] {
  if (json === undefined) return [];
  const limits = new Fields(parseJsonObject(`{"ulimits":${json}}`)).list("ulimits");
  return limits.map(
    (limit) => `--ulimit=${limit.text("Name") ?? ""}=${limit.integer("Soft") ?? 0}:${limit.integer("Hard") ?? 0}`,
  );
}

/** Whether a context comes from elsewhere: a folder of this host is none of a client's. */
export function isFetched(context: string): boolean {
  return /^(https?|git|ssh):\/\/|^git@/.test(context);
}
