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

// As it stands, but for the folders: those of the machine are not a test's.
async function runProgram(name: string, text: string): Promise<CommandResult> {
  const roots = JSON.stringify({ root: engine.root, runRoot: engine.runRoot });
  writeFileSync(join(program, name), text.replace("Engine.open()", `Engine.open(${roots})`));
  const env = { ESTIBA_BINARY: BINARY, IMAGE };
  return await runCommand([process.execPath, name], { cwd: program, env });
}

const SAID: Readonly<Record<string, string>> = {
  "hello.ts": "hello from hold, exit code 0\n",
  "service.ts": "200 root:x:0:0:root:/root:/bin/sh\n",
  "follow.ts": "stdout: 1\nstdout: 2\nstdout: 3\ndied with 0\n",
};

test("each program of examples/library runs as it stands", async () => {
  const names = readdirSync(EXAMPLES).filter((name) => name.endsWith(".ts"));
  expect(names.toSorted()).toEqual(Object.keys(SAID).toSorted());
  for (const name of names) {
    const ended = await runProgram(name, readFileSync(join(EXAMPLES, name), "utf8"));
    expect({ name, code: ended.code, stdout: ended.stdout }).toEqual({ name, code: 0, stdout: SAID[name] ?? "" });
  }
});

test("each program of docs/library.md runs as it stands", async () => {
  const text = readFileSync(join(ROOT, "docs/library.md"), "utf8");
  const programs = [...text.matchAll(/```ts\n(?<code>[^]*?)```/g)].map(({ groups }) => groups?.["code"] ?? "");
  const said: string[] = [];
  for (const [index, code] of programs.entries()) {
    const { code: exitCode, stdout, stderr } = await runProgram(`docs-${index}.ts`, code);
    if (exitCode !== 0) throw new Error(`program ${index} ended with ${exitCode}: ${stderr}`);
    said.push(stdout);
  }
  expect(said).toEqual(["0 hello\n", "200\n", "0 IN, AND OUT AGAIN\nin use: network.in_use\n"]);
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
  const types = `["${join(ROOT, "node_modules/@types/bun")}"]`;
  const options = `"strict": true, "noEmit": true, "skipLibCheck": true, "module": "preserve", "target": "esnext"`;
  writeFileSync(
    join(program, "tsconfig.json"),
    `{ "compilerOptions": { ${options}, "types": ${types} }, "files": ["typed.ts"] }`,
  );
  const checked = await runCommand([join(ROOT, "node_modules/.bin/tsc"), "-p", "."], { cwd: program });
  expect({ code: checked.code, stdout: checked.stdout }).toEqual({ code: 0, stdout: "" });
});
