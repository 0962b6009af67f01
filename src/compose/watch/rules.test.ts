import { expect, test } from "bun:test";
import { parseIgnoreFile } from "../../build/context/ignore.ts";
import type { Project } from "../project.ts";
import type { WatchRule } from "../service.ts";
import { batchOf, watchRules } from "./rules.ts";

function rulesOf(...watch: WatchRule[]) {
  const web = { command: null, entrypoint: null, build: { context: "/src" }, develop: { watch } };
  const none = { networks: {}, volumes: {}, secrets: {}, configs: {}, models: {} };
  const project: Project = { name: "p", services: { web }, ...none };
  return watchRules(project, () => parseIgnoreFile("secret.txt\n", ".dockerignore"));
}

test("changed files are synced below the target; what is ignored, by whom it may be, is not", () => {
  const rules = rulesOf({ path: "/src/app", action: "sync", target: "/app", ignore: ["node_modules/"] });
  const changed = [
    "/src/app/a.ts",
    "/src/app/node_modules/x.js",
    "/src/app/.git/HEAD",
    "/src/app/b.ts~",
    "/src/other.ts",
  ];
  expect(batchOf(rules, changed)).toEqual({
    rebuild: [],
    sync: [{ service: "web", path: "/src/app/a.ts", target: "/app/a.ts" }],
    restart: [],
    exec: [],
  });
});

test("a service that is rebuilt needs nothing else", () => {
  const rules = rulesOf(
    { path: "/src/package.json", action: "rebuild" },
    { path: "/src/app", action: "sync+restart", target: "/app" },
  );
  const batch = batchOf(rules, ["/src/package.json", "/src/app/a.ts"]);
  expect(batch).toEqual({ rebuild: ["web"], sync: [], restart: [], exec: [] });
  expect(batchOf(rules, ["/src/app/a.ts"]).restart).toEqual(["web"]);
});

test("with patterns to include, only what fits counts; the build's ignore file counts, too", () => {
  const rules = rulesOf({ path: "/src", action: "sync", target: "/app", include: ["**/*.txt"] });
  expect(batchOf(rules, ["/src/a.txt", "/src/a.md", "/src/secret.txt"]).sync.map(({ path }) => path)).toEqual([
    "/src/a.txt",
  ]);
});
