import { EstibaError } from "../lib/error.ts";
import type { Credentials } from "./auth-file.ts";

const DOCKER_HUB_KEY = "https://index.docker.io/v1/";
const NOT_FOUND = "credentials not found";

/**
 * Asks a credential helper (docker-credential-helpers, "Usage": program `docker-credential-NAME`, JSON on stdin and stdout) for the login
 * of a registry. Undefined when it has none. Throws `unavailable` when it is not installed or fails.
 */
export async function askHelper(name: string, domain: string): Promise<Credentials | undefined> {
  const { code, stdout } = await callHelper(name, "get", keyOf(domain));
  if (code !== 0) {
    if (stdout.toLowerCase().includes(NOT_FOUND)) return undefined;
    throw helperFailed(name, "get", stdout);
  }
  const reply = parseReply(name, stdout);
  const [username, password] = [reply["Username"], reply["Secret"]];
  if (typeof username !== "string" || typeof password !== "string") throw helperFailed(name, "get", "no login came");
  return { username, password };
}

/** Gives a login to a credential helper to keep. */
export async function storeInHelper(name: string, domain: string, credentials: Credentials): Promise<void> {
  const { username: Username, password: Secret } = credentials;
  const { code, stdout } = await callHelper(
    name,
    "store",
    JSON.stringify({ ServerURL: keyOf(domain), Username, Secret }),
  );
  if (code !== 0) throw helperFailed(name, "store", stdout);
}

/** Takes a login away from a credential helper; false when it had none. */
export async function eraseInHelper(name: string, domain: string): Promise<boolean> {
  if ((await askHelper(name, domain)) === undefined) return false;
  const { code, stdout } = await callHelper(name, "erase", keyOf(domain));
  if (code !== 0) throw helperFailed(name, "erase", stdout);
  return true;
}

/** The registries that a credential helper has a login for. */
export async function listInHelper(name: string): Promise<string[]> {
  const { code, stdout } = await callHelper(name, "list", "");
  if (code !== 0) throw helperFailed(name, "list", stdout);
  return Object.keys(parseReply(name, stdout)).map((key) => (key === DOCKER_HUB_KEY ? "docker.io" : key));
}

// Docker's own tools keep the login of docker.io under this address.
function keyOf(domain: string): string {
  return domain === "docker.io" ? DOCKER_HUB_KEY : domain;
}

async function callHelper(name: string, verb: string, input: string): Promise<{ code: number; stdout: string }> {
  const program = /^[\w.-]+$/.test(name) ? Bun.which(`docker-credential-${name}`) : null;
  if (program === null) {
    throw new EstibaError("unavailable", {
      reason: "config.no_credential_helper",
      what: `the credential helper "docker-credential-${name}", which an auth file names, is not installed`,
      fix: "install it, or take it out of credHelpers or credsStore in the auth file",
    });
  }
  // The login goes through stdin: it stands in no process list.
  const child = Bun.spawn([program, verb], { stdin: Buffer.from(input), stdout: "pipe", stderr: "ignore" });
  const [stdout, code] = await Promise.all([new Response(child.stdout).text(), child.exited]);
  return { code, stdout };
}

function parseReply(name: string, text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null) return parsed as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw helperFailed(name, "get", "its reply is not JSON");
}

function helperFailed(name: string, verb: string, said: string): EstibaError {
  return new EstibaError("unavailable", {
    reason: "config.credential_helper_failed",
    what: `docker-credential-${name} ${verb} failed`,
    cause: new Error(said.trim().split("\n")[0] ?? ""),
  });
}
