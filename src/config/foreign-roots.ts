import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The engines whose images and volumes can be brought along. */
export type ForeignEngine = "docker" | "podman";

type Environment = Readonly<Record<string, string | undefined>>;

const DAEMON_FILE = "/etc/docker/daemon.json";
const STORAGE_FILES = ["/etc/containers/storage.conf", "/usr/share/containers/storage.conf"];

/** Where the other engine keeps images and volumes, as far as its usual files say. */
export function foreignRoot(name: ForeignEngine, environment: Environment, uid: number): string {
  return name === "docker" ? dockerRoot() : podmanRoot(environment, uid);
}

function dockerRoot(): string {
  const daemon = parseFile(DAEMON_FILE, JSON.parse) as { "data-root"?: unknown };
  return typeof daemon["data-root"] === "string" ? daemon["data-root"] : "/var/lib/docker";
}

function podmanRoot(environment: Environment, uid: number): string {
  if (uid !== 0) {
    const data = environment["XDG_DATA_HOME"] ?? join(environment["HOME"] ?? "/nonexistent", ".local/share");
    return join(data, "containers/storage");
  }
  for (const path of [environment["CONTAINERS_STORAGE_CONF"] ?? "", ...STORAGE_FILES]) {
    const { storage } = parseFile(path, Bun.TOML.parse) as { storage?: { graphroot?: unknown } };
    if (typeof storage?.graphroot === "string") return storage.graphroot;
  }
  return "/var/lib/containers/storage";
}

/** What a file says; nothing where it is missing or broken: that is for its own engine to tell. */
function parseFile(path: string, parse: (text: string) => unknown): object {
  if (path === "" || !existsSync(path)) return {};
  try {
    const value = parse(readFileSync(path, "utf8"));
    return typeof value === "object" && value !== null ? value : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
