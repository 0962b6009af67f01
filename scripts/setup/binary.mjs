import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { bunPath } from "./node-modules.mjs";
import { run } from "./step.mjs";

// With --splitting a command loads only its own modules, which saves each of them two to three milliseconds. The last two flags are a
// matter of safety: without them the binary loads .env and bunfig.toml (with `preload`) from the current folder.
const FLAGS = [
  "--compile",
  "--bytecode",
  "--splitting",
  "--minify",
  "--format=esm",
  "--no-compile-autoload-dotenv",
  "--no-compile-autoload-bunfig",
];

/** Builds dist/estiba where it is not built from exactly these sources. */
export function buildBinary(announce, root) {
  const binary = join(root, "dist/estiba");
  const stamp = join(root, "dist/.estiba.sources");
  const sources = hashSources(root);
  if (existsSync(binary) && existsSync(stamp) && readFileSync(stamp, "utf8") === sources) return undefined;
  announce();
  mkdirSync(dirname(binary), { recursive: true });
  // Built beside and renamed: a running estiba (the exit hook of a container) keeps its file.
  const fresh = `dist/.estiba.${process.pid}`;
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const define = `ESTIBA_VERSION=${JSON.stringify(version)}`;
  run([bunPath(root), "build", ...FLAGS, "--define", define, "src/main.ts", "--outfile", fresh], { cwd: root });
  renameSync(join(root, fresh), binary);
  writeFileSync(stamp, sources);
  return "built dist/estiba";
}

function hashSources(root) {
  const hash = createHash("sha256");
  const files = readdirSync(join(root, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".test.ts"))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  const others = ["package.json", "package-lock.json", "tsconfig.json"].map((name) => join(root, name));
  for (const path of [...files.sort(), ...others, fileURLToPath(import.meta.url)]) {
    hash
      .update(`${relative(root, path)}\0`)
      .update(readFileSync(path))
      .update("\0");
  }
  return hash.digest("hex");
}
