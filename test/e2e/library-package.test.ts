import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BINARY, type CommandResult, IMAGE, runCommand, useEngine } from "../fixtures/engine.ts";

const ROOT: string = join(import.meta.dir, "../..");
const EXAMPLES: string = join(ROOT, "examples/library");
const PACK_MS = 60_000;

const engine = useEngine();
const folder: string = mkdtempSync(join(tmpdir(), "estiba-package-"));
const program: string = join(folder, "program");

// As a user would: packed, and installed into an empty project.
beforeAll(async () => {
  const packed = await runCommand(["npm", "pack", "--pack-destination", folder], { cwd: ROOT });
  expect({ ...packed, stdout: "", stderr: "", bytes: "" }).toEqual({ code: 0, stdout: "", stderr: "", bytes: "" });
  const archive = readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "";
  mkdirSync(program);
  writeFileSync(join(program, "package.json"), '{ "name": "program", "private": true, "type": "module" }\n');
  const install = ["npm", "install", "--no-audit", "--no-fund", "--offline", join(folder, archive)];
  expect(await runCommand(install, { cwd: program })).toMatchObject({ code: 0 });
}, PACK_MS);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const RUNTIMES = ["bun", "node"] as const;
type Runtime = (typeof RUNTIMES)[number];

// As they stand, but for the folders: those of the machine are not a test's. For Node they are compiled first, as its users do.
async function writePrograms(texts: Readonly<Record<string, string>>): Promise<void> {
  const roots = JSON.stringify({ root: engine.root, runRoot: engine.runRoot });
  for (const [name, text] of Object.entries(texts))
    writeFileSync(join(program, `${name}.ts`), text.replace("Engine.open()", `Engine.open(${roots})`));
  await compile(Object.keys(texts), { outDir: "js", target: "es2022", rewriteRelativeImportExtensions: true });
}

async function compile(names: readonly string[], more: object): Promise<void> {
  const types = [join(ROOT, "node_modules/@types/bun")];
  const options = { strict: true, module: "preserve", target: "esnext", lib: ["esnext"], skipLibCheck: true, types };
  const config = { compilerOptions: { ...options, ...more }, files: names.map((name) => `${name}.ts`) };
  writeFileSync(join(program, "tsconfig.json"), JSON.stringify(config));
  const checked = await runCommand([join(ROOT, "node_modules/.bin/tsc"), "-p", "."], { cwd: program });
  expect({ code: checked.code, stdout: checked.stdout }).toEqual({ code: 0, stdout: "" });
}

async function runProgram(runtime: Runtime, name: string): Promise<CommandResult> {
  const env = { ESTIBA_BINARY: BINARY, IMAGE };
  const argv = runtime === "bun" ? [process.execPath, `${name}.ts`] : ["node", `js/${name}.js`];
  return await runCommand(argv, { cwd: program, env });
}

const SAID: Readonly<Record<string, string>> = {
  hello: "hello from hold, exit code 0\n",
  service: "200 root:x:0:0:root:/root:/bin/sh\n",
  follow: "stdout: 1\nstdout: 2\nstdout: 3\ndied with 0\n",
};

test("each program of examples/library runs as it stands, under Bun and under Node", async () => {
  const names = readdirSync(EXAMPLES).flatMap((name) => (name.endsWith(".ts") ? [name.slice(0, -3)] : []));
  expect(names.toSorted()).toEqual(Object.keys(SAID).toSorted());
  const texts = names.map((name) => [name, readFileSync(join(EXAMPLES, `${name}.ts`), "utf8")] as const);
  await writePrograms(Object.fromEntries(texts));
  for (const runtime of RUNTIMES)
    for (const name of names) {
      const { code, stdout, stderr } = await runProgram(runtime, name);
      const wanted = { runtime, name, code: 0, stdout: SAID[name] ?? "" };
      expect({ runtime, name, code, stdout, ...(code === 0 ? {} : { stderr }) }).toEqual(wanted);
    }
});

test("each program of docs/library.md and of the README runs as it stands, under Bun and under Node", async () => {
  const text = ["docs/library.md", "README.md"].map((name) => readFileSync(join(ROOT, name), "utf8")).join("\n");
  const programs = [...text.matchAll(/```ts\n(?<code>[^]*?)```/g)].map(({ groups }) => groups?.["code"] ?? "");
  await writePrograms(Object.fromEntries(programs.map((code, index) => [`docs-${index}`, code])));
  for (const runtime of RUNTIMES) {
    const said: string[] = [];
    for (const index of programs.keys()) {
      const { code: exitCode, stdout, stderr } = await runProgram(runtime, `docs-${index}`);
      if (exitCode !== 0) throw new Error(`program ${index} ended with ${exitCode} under ${runtime}: ${stderr}`);
      said.push(stdout);
    }
    expect(said).toEqual(["0 hello\n", "200\n", "0 IN, AND OUT AGAIN\nin use: network.in_use\n", "200 OK\n"]);
  }
});

test("the declaration files are enough for a program of strict types", async () => {
  const code = `import { type Container, Engine } from "estiba";
await using engine = await Engine.open();
const container: Container = await engine.containers.run({ image: "busybox", env: { A: "1" } });
const code: number = await container.wait();
// @ts-expect-error: no such option
await engine.containers.run({ image: "busybox", environment: {} });
console.log(code);
`;
  writeFileSync(join(program, "typed.ts"), code);
  await compile(["typed"], { noEmit: true, skipLibCheck: false });
});
