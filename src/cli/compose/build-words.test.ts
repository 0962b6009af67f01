import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { loadFiles } from "../../../test/fixtures/compose-files.ts";
import { type BuildAsked, buildWords } from "./build-words.ts";

const NOTHING: BuildAsked = { arguments: [], noCache: false, pull: false, ssh: [], memory: undefined };

async function wordsOf(build: string, asked: Partial<BuildAsked> = {}): Promise<string[]> {
  const text = `services:\n  web:\n    build: ${build}\n  base: {build: .}\nsecrets: {f: {file: /s/f}, e: {environment: SECRET}}\n`;
  const loaded = await loadFiles(text, { environment: { SECRET: "hush", HOME: "/root" } });
  using held = new DisposableStack();
  const words = buildWords("web", { ...NOTHING, ...asked }, { loaded, naming: { project: "x", separator: "-" }, held });
  return words.map((word) => word.replaceAll(loaded.folder, "DIR").replace(/src=\/tmp\/\S+\/secret/, "src=TMP"));
}

const PLAIN = ["--tag", "x-web", "--file", "DIR/Dockerfile", "DIR"];

/** What an attribute of build adds to the command line of a build. */
const ADDED: readonly (readonly [attribute: string, ...words: string[]])[] = [
  ["args: {A: b, C: }", "--build-arg", "A=b"],
  ["labels: {a: b}", "--label", "a=b"],
  ["tags: [a:1, b]", "--tag", "a:1", "--tag", "b"],
  ["target: t", "--target", "t"],
  ["no_cache: true", "--no-cache"],
  ["no_cache_filter: [a, b]", "--no-cache-filter", "a", "--no-cache-filter", "b"],
  [
    "cache_from: ['type=local,src=./c', 'r.example/c', 'alone:1', 'type=gha']",
    "--cache-from",
    "type=local,src=DIR/c",
    "--cache-from",
    "r.example/c",
  ],
  [
    "cache_to: ['type=registry,ref=r.example/c,mode=max', 'type=inline']",
    "--cache-to",
    "type=registry,ref=r.example/c,mode=max",
    "--cache-to",
    "type=inline",
  ],
  ["pull: true", "--pull=always"],
  ["network: host", "--network", "host"],
  ["shm_size: 1m", "--shm-size", "1048576"],
  ["extra_hosts: [a=1.2.3.4]", "--add-host", "a:1.2.3.4"],
  ["platforms: [linux/amd64]", "--platform", "linux/amd64"],
  ["ssh: [default]", "--ssh", "default"],
  ["ulimits: {nofile: {soft: 1, hard: 2}, nproc: 3}", "--ulimit", "nofile=1:2", "--ulimit", "nproc=3"],
  ["entitlements: [network.host]", "--allow", "network.host"],
  ["privileged: true", "--allow", "security.insecure"],
  ["secrets: [f]", "--secret", "id=f,src=/s/f"],
  ["secrets: [{source: e, target: it}]", "--secret", "id=it,src=TMP"],
  [
    "additional_contexts: {a: ./a, b: 'docker-image://c'}",
    "--build-context",
    "a=DIR/a",
    "--build-context",
    "b=docker-image://c",
  ],
];

test.each(ADDED)("build: {%s}", async (attribute, ...words) => {
  const all = await wordsOf(`{${attribute}}`);
  expect(
    all.filter((word) => !PLAIN.includes(word) || words.includes(word)).slice(words.includes("--tag") ? 1 : 0),
  ).toEqual(words);
});

test("context, dockerfile, and one that stands in the file", async () => {
  expect(await wordsOf("./sub")).toEqual(["--tag", "x-web", "--file", "DIR/sub/Dockerfile", "DIR/sub"]);
  expect(await wordsOf("{context: ./sub, dockerfile: Other}")).toEqual([
    "--tag",
    "x-web",
    "--file",
    "DIR/sub/Other",
    "DIR/sub",
  ]);
  const loaded = await loadFiles("services: {web: {build: {dockerfile_inline: FROM a}}}\n");
  using held = new DisposableStack();
  const words = buildWords("web", NOTHING, { loaded, naming: { project: "x", separator: "-" }, held });
  expect(readFileSync(words[words.indexOf("--file") + 1] ?? "", "utf8")).toBe("FROM a");
});

test("what the command line says comes with it", async () => {
  const asked = { arguments: ["Q=1"], noCache: true, pull: true, ssh: ["k=/p"], memory: "1g" };
  expect(await wordsOf("{args: {A: b}}", asked)).toEqual([
    "--tag",
    "x-web",
    "--file",
    "DIR/Dockerfile",
    "--build-arg",
    "A=b",
    "--build-arg",
    "Q=1",
    "--no-cache",
    "--pull=always",
    "--memory",
    "1g",
    "--ssh",
    "k=/p",
    "DIR",
  ]);
});
