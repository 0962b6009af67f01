import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { run, SetupError } from "./step.mjs";

/** The bun package ships a text of a few hundred bytes where its install script puts the program. */
const SMALLEST_PROGRAM_BYTES = 1_000_000;

/** Brings node_modules to what package-lock.json says, the pinned Bun included. Install scripts are not run: none is needed. */
export function installNodeModules(announce, root) {
  const current = isCurrent(root);
  if (!current) {
    announce();
    const npm = process.env.npm_execpath;
    const argv = npm?.endsWith(".js") ? [process.execPath, npm] : ["npm"];
    // `npm ci` would be the word, but it refuses a lockfile that does not list optional packages of other platforms, and a registry that
    // carries only some platforms makes npm write such lockfiles. This installs what the lockfile pins and leaves the lockfile alone.
    run([...argv, "install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: root });
  }
  const placed = placeBun(root);
  return current && !placed ? undefined : "installed npm packages and Bun as pinned";
}

/** The pinned Bun. */
export function bunPath(root) {
  return join(root, "node_modules/bun/bin/bun.exe");
}

/** npm writes node_modules/.package-lock.json last of all, so that it lists what is really there. */
function isCurrent(root) {
  const listing = join(root, "node_modules/.package-lock.json");
  if (!existsSync(listing)) return false;
  const installed = JSON.parse(readFileSync(listing, "utf8")).packages;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  return Object.entries(wanted).every(([path, { integrity, optional }]) => {
    const found = installed[path];
    return path === "" || (found === undefined ? optional === true : found.integrity === integrity);
  });
}

function placeBun(root) {
  const target = bunPath(root);
  if (existsSync(target) && statSync(target).size > SMALLEST_PROGRAM_BYTES) return false;
  const folder = join(root, "node_modules/@oven");
  const builds = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name, "bin/bun")) : [];
  const source = builds.find((path) => existsSync(path));
  if (source === undefined) {
    throw new SetupError(
      `npm installed no Bun for ${process.platform} ${process.arch}\n  fix: use Linux on x64 or arm64 with glibc`,
    );
  }
  mkdirSync(dirname(target), { recursive: true });
  for (const path of [target, target.replace("bun.exe", "bunx.exe")]) {
    // Beside it and then renamed: whoever starts it meanwhile gets the old or the new file, never half of one.
    rmSync(`${path}.new`, { force: true });
    linkSync(source, `${path}.new`);
    renameSync(`${path}.new`, path);
  }
  return true;
}
