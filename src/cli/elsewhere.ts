import { existsSync } from "node:fs";
import { join } from "node:path";
import { readIfThere } from "../host/read-if-there.ts";
import { EstibaError } from "../lib/error.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The global options that may name another engine. */
type Choice = {
  readonly host?: string | undefined;
  /** Podman's name of it, and of the next. */
  readonly url?: string | undefined;
  readonly connection?: string | undefined;
  readonly context?: string | undefined;
  readonly remote?: boolean;
};

/** An engine that is to be asked over a connection, and by what words that was said. */
export type Elsewhere = { readonly said: string; readonly fix: string } & (
  | { readonly host: string }
  | { readonly context: string }
  /** This machine's own service. */
  | { readonly service: true }
);

/** What Docker calls the engine of this machine. */
const HERE = "default";
const HOSTS = ["DOCKER_HOST", "CONTAINER_HOST"];
const CONTEXTS = ["DOCKER_CONTEXT", "CONTAINER_CONNECTION"];

/**
 * The engine that the user has asked for by an option, by a variable, or by the current context of Docker's config.json; undefined for this
 * process's own. What stands first says it: `--context default` overrides the variables, these the file. Throws `invalid`.
 */
export function chooseElsewhere(choice: Choice, environment: Environment): Elsewhere | undefined {
  for (const name of ["host", "url"] as const) {
    const host = choice[name];
    if (host !== undefined) return { host, said: `--${name} ${host}`, fix: "leave the option out" };
  }
  for (const name of ["context", "connection"] as const) {
    const context = choice[name];
    if (context === HERE) return undefined;
    if (context !== undefined) return { context, said: `--${name} ${context}`, fix: `say --${name} ${HERE}` };
  }
  return byVariable(environment) ?? (choice.remote === true ? THE_SERVICE : undefined);
}

const THE_SERVICE: Elsewhere = { service: true, said: "--remote", fix: "leave the option out" };

function byVariable(environment: Environment): Elsewhere | undefined {
  for (const name of HOSTS) {
    const host = environment[name] ?? "";
    if (host !== "") return { host, said: `${name}=${host}`, fix: `unset ${name}` };
  }
  for (const name of CONTEXTS) {
    const context = environment[name] ?? "";
    if (context === HERE) return undefined;
    if (context !== "") return { context, said: `${name}=${context}`, fix: `unset ${name}` };
  }
  const current = currentContext(environment);
  if (current === undefined || current === "" || current === HERE) return undefined;
  return {
    context: current,
    said: `the context "${current}" of Docker's config.json`,
    fix: `say --context ${HERE}, or: estiba context use ${HERE}`,
  };
}

function currentContext(environment: Environment): string | undefined {
  const folder = environment["DOCKER_CONFIG"] ?? join(environment["HOME"] ?? "/nonexistent", ".docker");
  const path = join(folder, "config.json");
  // Asked first: most have no such file, and an error takes ten times as long.
  const text = existsSync(path) ? readIfThere(path, "EACCES") : undefined;
  // Most say nothing of it, and then what else may be wrong with the file is not our business here.
  if (text?.includes("currentContext") !== true) return undefined;
  try {
    const { currentContext: current } = JSON.parse(text) as { currentContext?: unknown };
    return typeof current === "string" ? current : undefined;
  } catch (error) {
    throw new EstibaError("invalid", {
      reason: "cli.docker_config",
      what: `cannot read "${path}"`,
      cause: error,
      fix: "mend the file, or name another folder by --config",
    });
  }
}
