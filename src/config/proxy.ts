import { existsSync } from "node:fs";
import { join } from "node:path";
import { readIfThere } from "../host/read-if-there.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const NAMES = ["http_proxy", "https_proxy", "ftp_proxy", "no_proxy"] as const;
const ALL_NAMES: readonly string[] =
  "http_proxy HTTP_PROXY https_proxy HTTPS_PROXY ftp_proxy FTP_PROXY no_proxy NO_PROXY".split(" ");

/** What Docker's config.json calls them. */
const DOCKER_NAMES: Readonly<Record<string, (typeof NAMES)[number]>> = {
  httpProxy: "http_proxy",
  httpsProxy: "https_proxy",
  ftpProxy: "ftp_proxy",
  noProxy: "no_proxy",
};

/**
 * The proxy variables that a container gets, KEY=VALUE: the caller's, as Podman passes them, and for names that he has not set those of
 * `proxies.default` in Docker's config.json, in both spellings, as Docker does.
 */
export function proxyVariables(environment: Environment): string[] {
  const own = ALL_NAMES.flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [`${name}=${value}`];
  });
  const docker = Object.entries(dockerProxies(environment)).flatMap(([key, value]) => {
    const name = DOCKER_NAMES[key];
    if (name === undefined || typeof value !== "string" || value === "") return [];
    const isSet = environment[name] !== undefined || environment[name.toUpperCase()] !== undefined;
    return isSet ? [] : [`${name}=${value}`, `${name.toUpperCase()}=${value}`];
  });
  return [...own, ...docker];
}

/** Whether a KEY=VALUE is one of them. */
export function isProxyVariable(entry: string): boolean {
  return ALL_NAMES.includes(entry.split("=", 1)[0] ?? "");
}

function dockerProxies({ DOCKER_CONFIG: folder = "", HOME: home = "" }: Environment): object {
  if (folder === "" && home === "") return {};
  const path = join(folder === "" ? join(home, ".docker") : folder, "config.json");
  const text = existsSync(path) ? readIfThere(path, "EACCES") : undefined;
  if (text === undefined) return {};
  try {
    const config = JSON.parse(text) as { proxies?: { default?: unknown } } | null;
    const proxies = config?.proxies?.default;
    return typeof proxies === "object" && proxies !== null ? proxies : {};
  } catch (error) {
    // A broken file is told by whoever needs it for a login; a container does not.
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
