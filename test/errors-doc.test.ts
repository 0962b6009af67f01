import { expect, test } from "bun:test";
import { join } from "node:path";

const ROOT: string = join(import.meta.dir, "..");
const SLUG = /["`]([a-z0-9]+\.[a-z0-9_]+(?:\$\{[^`]*\})?|[a-z]+\.\$\{[^`]*\})["`]/g;

/** Every reason in the text of a source; what is filled in at run time stands as a star. */
function reasonsOf(text: string): string[] {
  // A reason may be chosen between two: all literals up to the end of its property count.
  return [...text.matchAll(/\breason:\s*([^,\n]+(?:\n\s*[?:][^\n,]+)*)/g)].flatMap(([, value = ""]) =>
    [...value.matchAll(SLUG)].map(([, slug = ""]) => slug.replace(/\$\{.*\}/, "*")),
  );
}

async function reasonsInSources(): Promise<Set<string>> {
  const files = [...new Bun.Glob("src/**/*.ts").scanSync(ROOT)].filter((file) => !file.endsWith(".test.ts"));
  const texts = await Promise.all(files.map((file) => Bun.file(join(ROOT, file)).text()));
  return new Set(texts.flatMap(reasonsOf));
}

async function reasonsInDocument(): Promise<string[]> {
  const text = await Bun.file(join(ROOT, "docs/errors.md")).text();
  return [...text.matchAll(/^\| `([a-z0-9]+\.[a-z0-9_*]+)` \|/gm)].map(([, slug = ""]) => slug);
}

test("docs/errors.md lists every reason of the sources, each once, and no other", async () => {
  const used = await reasonsInSources();
  const listed = await reasonsInDocument();
  // The test is worth nothing if it stops seeing reasons.
  expect(used.size).toBeGreaterThan(100);
  expect([...used].filter((slug) => !listed.includes(slug)).sort()).toEqual([]);
  expect(listed.filter((slug) => !used.has(slug)).sort()).toEqual([]);
  expect(listed.filter((slug, index) => listed.indexOf(slug) !== index)).toEqual([]);
});
