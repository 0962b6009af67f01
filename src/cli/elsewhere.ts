import { readFileSync } from "node:fs";
import { join } from "node:path";
import { EstibaError } from "../lib/error.ts";
import { hasCode } from "../lib/has-code.ts";

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

/** What Docker calls the engine of this machine. */
const HERE = "default";
const VARIABLES = ["DOCKER_HOST", "CONTAINER_HOST", "DOCKER_CONTEXT", "CONTAINER_CONNECTION"];

/**
 * Refuses to work here when the user has asked for an engine elsewhere: by an option, by a variable, or by the current context of Docker's
 * config.json. What stands first says it: `--context default` overrides the variables, these the file. Throws `unsupported`.
 */
export function refuseOtherEngine(choice: Choice, environment: Environment): void {
  for (const name of ["host", "url"] as const)
    if (choice[name] !== undefined) throw elsewhere(`--${name} ${choice[name]}`, "leave the option out");
  if (choice.remote === true) throw elsewhere("--remote", "leave the option out");
  for (const name of ["context", "connection"] as const) {
    const given = choice[name];
    if (given === HERE) return;
    if (given !== undefined) throw elsewhere(`--${name} ${given}`, `leave the option out, or say --${name} ${HERE}`);
  }
  for (const name of VARIABLES) {
    const value = environment[name] ?? "";
    if (value === HERE && name === "DOCKER_CONTEXT") return;
    if (value !== "") throw elsewhere(`${name}=${value}`, `unset ${name}`);
  }
  const current = currentContext(environment);
  if (current !== undefined && current !== "" && current !== HERE)
    throw elsewhere(
      `the context "${current}" of Docker's config.json`,
      `say --context ${HERE}, or set DOCKER_CONTEXT=${HERE}`,
    );
}

function currentContext(environment: Environment): string | undefined {
  const folder = environment["DOCKER_CONFIG"] ?? join(environment["HOME"] ?? "/nonexistent", ".docker");
  let text: string;
  try {
    text = readFileSync(join(folder, "config.json"), "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR", "EACCES")) return undefined;
    throw error;
  }
  // Most have none, and then what else may be wrong with the file is not our business here.
  if (!text.includes("currentContext")) return undefined;
  try {
    const { currentContext: current } = JSON.parse(text) as { currentContext?: unknown };
    return typeof current === "string" ? current : undefined;
  } catch (error) {
    throw new EstibaError("invalid", {
      reason: "cli.docker_config",
      what: `cannot read "${join(folder, "config.json")}"`,
      cause: error,
      fix: "mend the file, or name another folder by --config",
    });
  }
}

function elsewhere(what: string, fix: string): EstibaError {
  return new EstibaError("unsupported", {
    reason: "cli.other_engine",
    what: `${what} names another engine, and Estiba works on this machine only`,
    fix: `${fix} to work here`,
  });
}
