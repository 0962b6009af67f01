import { expect, test } from "bun:test";
import { folderOf } from "../../../test/fixtures/compose-files.ts";
import { loadProject } from "../load.ts";
import { preparePublication } from "./publication.ts";

async function questionsFor(files: Readonly<Record<string, string>>, withEnv = false): Promise<readonly string[]> {
  using folder = folderOf(files);
  const options = { cwd: folder.path, files: [], profiles: ["*"], envFiles: [], environment: {} };
  const loaded = await loadProject(options);
  return (await preparePublication(loaded, withEnv)).questions;
}

async function toldOf(value: string, name = "DB_PASSWORD"): Promise<boolean> {
  const environment = JSON.stringify({ [name]: value });
  const text = `services: {web: {image: a, environment: ${environment}}}`;
  return (await questionsFor({ "compose.yaml": text })).some((question) => question.includes(JSON.stringify(name)));
}

test("a value is told when anything but a variable is in it, and its name says that it is a secret", async () => {
  expect(
    await Promise.all(["bar", "pa$$word", "Bearer $TOKEN", "${PW:-fallback}"].map(async (v) => await toldOf(v))),
  ).toEqual([true, true, true, true]);
  expect(await Promise.all(["", "$PW", "${PW}", "${PW-}"].map(async (v) => await toldOf(v)))).toEqual([
    false,
    false,
    false,
    false,
  ]);
  const names = ["API_KEY", "GITHUB_TOKEN", "auth-key", "DB_PASSWORD_FILE", "MONKEY", "PORT"];
  expect(await Promise.all(names.map(async (name) => await toldOf("bar", name)))).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});

test("files that services extend are looked at, too; texts that are secrets are told whatever they are called", async () => {
  const questions = await questionsFor({
    "compose.yaml": "services: {web: {extends: {file: base/base.yaml, service: b}}}\nconfigs: {c: {content: hello}}",
    "base/base.yaml":
      'services: {b: {image: a, environment: ["TOKEN=abc"], labels: {k: "-----BEGIN RSA PRIVATE KEY-----"}, env_file: x.env}}',
    "base/x.env": "A=1",
  });
  expect(questions.map((question) => question.split("\n").filter((line) => line.startsWith("  ")))).toEqual([
    [expect.stringMatching(/base\.yaml: a private key$/)],
    ['  service "b": env_file declared', '  service "b": literal value for "TOKEN"'],
    ['  config "c"'],
  ] as never);
});

test("with --with-env what is in env files is public, and variables are not asked about", async () => {
  const files = {
    "compose.yaml": "services: {web: {image: a, env_file: x.env}}",
    "x.env": "KEY=AKIAIOSFODNN7EXAMPLE\n",
  };
  expect(await questionsFor(files)).toHaveLength(1);
  const [question = ""] = await questionsFor(files, true);
  expect(question).toContain("env_file: a key of AWS");
});
