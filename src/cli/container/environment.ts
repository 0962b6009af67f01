import { readFileSync } from "node:fs";
import { EstibaError } from "../../lib/error.ts";
import { badOption } from "./bad-option.ts";

/** KEY=VALUE entries of `--env-file` and `--env`, in that order, so that the latter win. */
export function environmentOf(entries: readonly string[], files: readonly string[]): string[] {
  return [...files.flatMap(readEnvironmentFile), ...entries.flatMap(environmentEntry)];
}

// `KEY` alone takes the caller's value, and nothing when the caller has none; `KEY*` takes all that begin so (Podman).
function environmentEntry(text: string): string[] {
  if (text.includes("=")) {
    if (text.startsWith("=")) throw badOption("--env", text, "KEY=VALUE or KEY");
    return [text];
  }
  const names = text.endsWith("*")
    ? Object.keys(process.env).filter((name) => name.startsWith(text.slice(0, -1)))
    : [text];
  return names.flatMap((name) => (process.env[name] === undefined ? [] : [`${name}=${process.env[name]}`]));
}

/** Lines of a file with KEY=VALUE or KEY; comments and blank lines are passed over. Errors carry file:line. */
export function readEnvironmentFile(file: string): string[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new EstibaError("invalid", { reason: "cli.cannot_read", what: `cannot read "${file}"`, cause: error });
  }
  return text.split("\n").flatMap((line, index) => {
    const entry = line.trimStart();
    if (entry === "" || entry.startsWith("#")) return [];
    const name = entry.split("=")[0] ?? "";
    if (name === "" || /\s/.test(name)) {
      throw new EstibaError("invalid", {
        reason: "cli.bad_env_line",
        what: `${file}:${index + 1}:1: "${entry}" is not KEY=VALUE`,
        fix: "a name must not be empty or hold spaces",
      });
    }
    return environmentEntry(entry.trimEnd());
  });
}
