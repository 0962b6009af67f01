import { EstibaError } from "../../lib/error.ts";
import { hasCode } from "../../lib/has-code.ts";
import type { Action } from "../plan/step.ts";
import type { Provider } from "../service.ts";
import { type Applying, contextOf } from "./applying.ts";

type ProviderAction = Extract<Action, { kind: "provider" }>;
type Message = { readonly type?: string; readonly message?: string };

/**
 * Lets a program outside bring a service up or down: `TYPE compose --project-name P up --opt=value SERVICE`. What it says to be set is set
 * in the containers of those that depend on it. Source: docker/compose, docs/extension.md.
 */
export async function runProvider(
  applying: Applying,
  { service, verb }: ProviderAction,
  { signal, warn }: { readonly signal: AbortSignal; readonly warn: (text: string) => void },
): Promise<void> {
  const { loaded, provided } = applying;
  const provider = contextOf(applying, service).service.provider as Provider;
  const options = Object.entries(provider.options ?? {}).flatMap(([name, values]) =>
    values.map((value) => `--${name}=${value}`),
  );
  const words = ["compose", "--project-name", loaded.project.name, verb, ...options, service];
  const child = spawnProvider(provider.type, words, { folder: loaded.projectDirectory, signal });
  const errors: string[] = [];
  for (const line of (await new Response(child.stdout).text()).split("\n")) {
    const { type, message = "" } = parseMessage(line);
    if (type === "error") errors.push(message);
    else if (type === "info") warn(message);
    else if (type === "setenv" || type === "rawsetenv") {
      const prefix = type === "setenv" ? `${service.toUpperCase().replaceAll("-", "_")}_` : "";
      provided.set(service, [...(provided.get(service) ?? []), `${prefix}${message}`]);
    }
  }
  const code = await child.exited;
  if (code === 0 && errors.length === 0) return;
  throw new EstibaError("unavailable", {
    reason: "compose.provider_failed",
    what: `provider "${provider.type}" of service "${service}" failed${errors.length === 0 ? ` with exit code ${code}` : `: ${errors.join("; ")}`}`,
  });
}

function spawnProvider(
  type: string,
  words: readonly string[],
  { folder, signal }: { readonly folder: string; readonly signal: AbortSignal },
): Bun.Subprocess<"ignore", "pipe", "inherit"> {
  try {
    return Bun.spawn([type, ...words], { cwd: folder, stdio: ["ignore", "pipe", "inherit"], signal });
  } catch (error) {
    if (!hasCode(error, "ENOENT", "EACCES")) throw error;
    throw new EstibaError("not_found", {
      reason: "compose.no_provider",
      what: `there is no program "${type}" to provide the service`,
      fix: "install it, so that it is found by PATH",
      cause: error,
    });
  }
}

function parseMessage(line: string): Message {
  if (!line.startsWith("{")) return {};
  try {
    return JSON.parse(line) as Message;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return {};
  }
}
