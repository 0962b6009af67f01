import { readFileSync } from "node:fs";
import { EstibaError } from "../../lib/error.ts";

/** A text with the name it has in messages. */
type Source = { readonly name: string; readonly text: string };

/** The text of a YAML file: a path, an address, or - for stdin. Throws `not_found`, `unavailable`. */
export async function readSource(name: string): Promise<Source> {
  if (name === "-") return { name: "stdin", text: await Bun.stdin.text() };
  if (/^https?:\/\//.test(name)) return { name, text: await fetchText(name) };
  try {
    return { name, text: readFileSync(name, "utf8") };
  } catch (error) {
    throw new EstibaError("not_found", {
      reason: "kube.unreadable",
      what: `the file "${name}" cannot be read`,
      cause: error,
      fix: "name a YAML file, an address, or - for stdin",
    });
  }
}

async function fetchText(address: string): Promise<string> {
  try {
    const answer = await fetch(address);
    if (answer.ok) return await answer.text();
    throw new Error(`it answers ${answer.status} ${answer.statusText}`);
  } catch (error) {
    throw new EstibaError("unavailable", {
      reason: "kube.unreachable",
      what: `"${address}" cannot be fetched`,
      cause: error,
      retryable: true,
    });
  }
}
