import { buildLimitWords } from "../../docker/build/limit-words.ts";
import { isFetched } from "../../docker/build/words.ts";
import { flag, option, options } from "../../docker/container/words.ts";
import { Fields } from "../../docker/fields.ts";
import { badRequest } from "../../http/api-error.ts";
import { parseJsonObject } from "../../http/body.ts";
import type { Query } from "../../http/query.ts";
import { refuseUnknown } from "./known-parameters.ts";

/** The parameters of a build as options of `estiba build`. Throws 400 for what is not read and says something. */
export function buildWords(query: Query): string[] {
  refuseUnknown(query);
  return [
    ...options("file", fileNames(query)),
    ...options("tag", query.all("t").filter(Boolean)),
    ...option("format", formatOf(query.text("outputformat"))),
    ...option("pull", query.text("pullpolicy")?.toLowerCase()),
    ...option("target", query.text("target")),
    ...option("from", query.text("from")),
    ...option("platform", platformOf(query)),
    ...flag("no-cache", query.flag("nocache")),
    ...flag("squash", query.flag("squash")),
    ...flag("omit-history", query.flag("omithistory")),
    ...option("timestamp", query.text("timestamp")),
    ...option("jobs", query.integer("jobs") || undefined),
    ...option("manifest", query.text("manifest")),
    ...Object.entries(jsonMap(query, "buildargs")).map(([key, value]) => `--build-arg=${key}=${value}`),
    ...options("label", jsonList(query, "labels")),
    ...options("annotation", jsonList(query, "annotations")),
    ...options("unsetenv", query.all("unsetenv").filter(Boolean)),
    ...options("unsetlabel", query.all("unsetlabel").filter(Boolean)),
    ...options("cache-from", repositories(query, "cachefrom")),
    ...options("cache-to", repositories(query, "cacheto")),
    ...options("env", query.all("setenv").filter(Boolean)),
    ...options("build-context", namedContexts(query)),
    ...runWords(query),
    ...buildLimitWords(query),
    ...options("ulimit", jsonList(query, "ulimits")),
  ];
}

function runWords(query: Query): string[] {
  return [
    ...option("network", networkOf(query)),
    ...options("add-host", jsonList(query, "extrahosts")),
    ...options("dns", jsonList(query, "dnsservers")),
    ...options("dns-option", jsonList(query, "dnsoptions")),
    ...options("dns-search", jsonList(query, "dnssearch")),
    ...options("cap-add", jsonList(query, "addcaps")),
    ...options("cap-drop", jsonList(query, "dropcaps")),
    ...options("volume", query.all("volume").filter(Boolean)),
    ...option("security-opt", seccompOf(query.text("seccomp"))),
    ...option("security-opt", query.text("apparmor") === undefined ? undefined : `apparmor=${query.text("apparmor")}`),
    `--http-proxy=${query.flag("httpproxy")}`,
  ];
}

/** Below the context, where the client has put them all. */
function fileNames(query: Query): string[] {
  const text = query.text("dockerfile");
  if (text === undefined) return [];
  const names = text.startsWith("[") ? jsonList(query, "dockerfile") : [text];
  return names.map((name) => (/^https?:\/\//.test(name) ? name : name.replace(/^\/+/, "")));
}

function formatOf(type: string | undefined): "oci" | "docker" | undefined {
  if (type === undefined) return undefined;
  if (type === "oci" || type.startsWith("application/vnd.oci.")) return "oci";
  if (type === "docker" || type.startsWith("application/vnd.docker.")) return "docker";
  throw badRequest(`outputformat "${type}": an image is made as OCI or Docker have it`);
}

// The client sends a slash for none.
function platformOf(query: Query): string | undefined {
  const names = query.all("platform").filter((text) => text.replaceAll("/", "") !== "");
  if (names.length > 1) throw badRequest("platform: the service builds for one at a time");
  return names[0]?.replace(/\/+$/, "");
}

/** Buildah's number for "no network". */
const NETWORK_DISABLED = "1";

function networkOf(query: Query): string | undefined {
  if (query.text("networkmode") === NETWORK_DISABLED) return "none";
  const text = query.text("nsoptions") ?? "[]";
  for (const namespace of new Fields(parseJsonObject(`{"nsoptions":${text}}`)).list("nsoptions")) {
    const [name = "", host, path] = [namespace.text("Name"), namespace.flag("Host"), namespace.text("Path")];
    if (path !== undefined) throw badRequest(`nsoptions: ${name} cannot be that of "${path}"`);
    if (name === "network" && host) return "host";
    // Those of users are the host's anyway.
    if (name !== "network" && name !== "user" && host) throw badRequest(`nsoptions: ${name} cannot be the host's`);
  }
  return undefined;
}

/** The profiles that are used anyway: the client names its own file, which is another host's. */
const USUAL_SECCOMP: readonly string[] = ["/usr/share/containers/seccomp.json", "/etc/containers/seccomp.json"];

function seccompOf(path: string | undefined): string | undefined {
  return path === undefined || USUAL_SECCOMP.includes(path) ? undefined : `seccomp=${path}`;
}

function namedContexts(query: Query): string[] {
  const contexts = new Fields(parseJsonObject(query.text("additionalbuildcontexts") ?? "{}"));
  return contexts.keys.map((name) => {
    const context = contexts.fields(name);
    const value = context.text("Value") ?? "";
    if (context.flag("IsImage")) return `${name}=docker-image://${value.replace(/^docker-image:\/\//, "")}`;
    if (context.flag("IsURL") && isFetched(value)) return `${name}=${value}`;
    throw badRequest(
      `additionalbuildcontexts: "${name}" is a folder of the client's, which it does not send, or no address`,
    );
  });
}

// A folder would be one of this host.
function repositories(query: Query, name: string): string[] {
  const texts = jsonList(query, name);
  if (texts.some((text) => /(^|,)"?type=local/.test(text))) throw badRequest(`${name}: folders cannot be sent`);
  return texts;
}

/** A parameter that is a list in JSON; empty when absent. Throws 400. */
export function jsonList(query: Query, name: string): string[] {
  const text = query.text(name);
  return text === undefined ? [] : new Fields(parseJsonObject(`{"${name}":${text}}`)).texts(name);
}

function jsonMap(query: Query, name: string): Record<string, string> {
  return new Fields(parseJsonObject(`{"${name}":${query.text(name) ?? "{}"}}`)).map(name);
}
