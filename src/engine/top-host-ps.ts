import { EstibaError } from "../lib/error.ts";
import type { Engine } from "./engine.ts";
import { containerPids, lookAtProcesses } from "./top.ts";

/**
 * The lines of the host's ps(1) that are a running container's, with their heading. Takes no lock. Throws `not_found`, `wrong_state`,
 * `unsupported` without that program, `invalid` for options that it does not take, or that show no pids.
 */
export async function topByHostPs(engine: Engine, nameOrId: string, words: readonly string[]): Promise<string[]> {
  const pids = lookAtProcesses(engine, nameOrId, containerPids);
  return linesOf(await runPs(words, pids), new Set(pids));
}

async function runPs(words: readonly string[], pids: readonly number[]): Promise<string[]> {
  const program = Bun.which("ps");
  if (program === null) {
    throw new EstibaError("unsupported", {
      reason: "container.no_ps",
      what: `top: "${words.join(" ")}" are no columns of Estiba's, and the program ps is missing`,
      fix: "name columns: estiba top --help, or install it: apt-get install procps",
    });
  }
  // One word with spaces is several options, as both peers take it.
  const options = words.length === 1 ? (words[0] ?? "").split(/\s+/) : words;
  const picked = await collect([program, ...options, "-q", pids.join(",")]);
  // Options such as f do not go together with -q.
  const { code, output, errors } = picked.code === 0 ? picked : await collect([program, ...options]);
  if (code === 0) return output.split("\n").filter((line) => line !== "");
  throw new EstibaError("invalid", {
    reason: "container.bad_ps_options",
    what: `top: ps ${words.join(" ")} ended with ${code}`,
    ...(errors.trim() === "" ? {} : { cause: errors.trim().split("\n")[0] }),
    fix: "give columns (estiba top --help) or options of ps",
  });
}

async function collect(argv: readonly string[]): Promise<{ code: number; output: string; errors: string }> {
  const child = Bun.spawn([...argv], { stdio: ["ignore", "pipe", "pipe"] });
  const ends = [new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited] as const;
  const [output, errors, code] = await Promise.all(ends);
  return { code, output, errors };
}

function linesOf([heading = "", ...lines]: readonly string[], pids: ReadonlySet<number>): string[] {
  const column = heading.trim().split(/\s+/).indexOf("PID");
  if (column < 0) {
    throw new EstibaError("invalid", {
      reason: "container.bad_ps_options",
      what: "top: couldn't find PID field in ps output",
      fix: "add pid to the fields",
    });
  }
  const own = lines.filter((line) => pids.has(Number(line.trim().split(/\s+/)[column])));
  return [heading, ...own];
}
