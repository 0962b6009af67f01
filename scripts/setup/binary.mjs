import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { bunPath } from "./node-modules.mjs";
import { run } from "./step.mjs";

// With --splitting a command loads only its own modules, which saves each of them two to three milliseconds; what the usual ones load comes
// in few files (scripts/bundle.ts), which saves them one more. Most commands end before compiling to machine code pays (ADR 26): code must be a
// hundred times as busy as usual for that, until src/main.ts sets it back. The last two flags are a matter of safety: without them the binary
// loads .env and bunfig.toml (with `preload`) from the current folder.
const FLAGS = [
  "--compile",
  "--bytecode",
  "--splitting",
  "--minify",
  "--format=esm",
  "--compile-jit-policy=100",
  "--no-compile-autoload-dotenv",
  "--no-compile-autoload-bunfig",
];

/** What the scripts that are run here import, below scripts/. */
const BUNDLING = ["gather.ts", "huge-pages.ts", "quick.ts", "usual-ways.ts"].map((name) => join("bundle", name));

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
  const modules = join(root, `dist/.modules.${process.pid}`);
  try {
    run([bunPath(root), "scripts/bundle.ts", modules, version], { cwd: root });
    run([bunPath(root), "build", ...FLAGS, "main.js", "--outfile", join(root, fresh)], { cwd: modules });
    run([bunPath(root), "scripts/lay-out.ts", fresh], { cwd: root });
  } finally {
    rmSync(modules, { recursive: true, force: true });
  }
  renameSync(join(root, fresh), binary);
  writeFileSync(stamp, sources);
  return "built dist/estiba";
}

function hashSources(root) {
  const hash = createHash("sha256");
  const files = readdirSync(join(root, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".test.ts"))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  const bundling = ["bundle.ts", "lay-out.ts", ...BUNDLING].map((name) => join("scripts", name));
  const others = ["package.json", "package-lock.json", "tsconfig.json", ...bundling].map((name) => join(root, name));
  for (const path of [...files.sort(), ...others, fileURLToPath(import.meta.url)]) {
    hash
      .update(`${relative(root, path)}\0`)
      .update(readFileSync(path))
      .update("\0");
  }
  return hash.digest("hex");
}
