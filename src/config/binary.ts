import { EstibaError } from "../lib/error.ts";

/**
 * The estiba binary that conmon calls when a container ends: this process itself where it is one, else by option, ESTIBA_BINARY, PATH.
 * The library runs inside Bun, whose own path would not do. Throws `unavailable` when there is none.
 */
export function findBinary(named: string | undefined): string {
  if (named !== undefined) return named;
  const fromEnvironment = process.env["ESTIBA_BINARY"];
  if (fromEnvironment !== undefined && fromEnvironment !== "") return fromEnvironment;
  // A compiled program's own sources lie in Bun's virtual file system. The link's " (deleted)" appears when an upgrade replaced the file.
  if (Bun.main.startsWith("/$bunfs/")) return process.execPath.replace(/ \(deleted\)$/, "");
  const found = Bun.which("estiba");
  if (found !== null) return found;
  throw new EstibaError("unavailable", {
    reason: "engine.no_binary",
    what: "the estiba binary, which must clean up when a container ends, was not found",
    fix: "set ESTIBA_BINARY to its path, or put it in PATH (npm run install:bin)",
  });
}
