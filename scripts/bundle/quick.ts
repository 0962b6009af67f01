import { join } from "node:path";
import type { BunPlugin } from "bun";

const SOURCES = join(import.meta.dir, "../../src");
const QUICK = join(SOURCES, "host/node");
const IMPORTED = /\bfrom "node:(fs|os|path)";/g;

/**
 * The binary takes its own forms of the modules of node that every command needs (src/host/node): theirs take long to load. Bun asks no plugin
 * where such a module is, so it is told in the text of who imports it.
 */
export const quickModules: BunPlugin = {
  name: "quick-modules",
  setup(build) {
    build.onLoad({ filter: /\/src\/.*\.tsx?$/ }, async ({ path, loader }) => {
      const text = await Bun.file(path).text();
      const isOwn = path.startsWith(`${SOURCES}/`) && !path.startsWith(`${QUICK}/`);
      return { loader, contents: isOwn ? text.replace(IMPORTED, `from "${QUICK}/$1.ts";`) : text };
    });
  },
};

// All that the usual commands may load of what Bun brings: each other module takes half a millisecond at least, and node:tty takes four.
const AT_HAND = new Set(["bun:ffi", "bun:sqlite"]);

/** Throws where a file that the usual commands load (gather.ts) loads a module of Bun's or node's as well. */
export function requireQuick(files: ReadonlyMap<string, string>): void {
  for (const [name, text] of files) {
    if (name.startsWith("chunk-")) continue;
    const imported = [...text.matchAll(/\b(?:from|import)"([a-z][a-z:_/]*)"/g)].map(([, module = ""]) => module);
    const slow = imported.find((module) => !AT_HAND.has(module));
    if (slow === undefined) continue;
    throw new Error(
      `${name} imports ${slow}, so every usual command would load it: see docs/adr/0024-quick-modules.md`,
    );
  }
}
