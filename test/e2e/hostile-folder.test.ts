import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { IMAGE, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();
const folder = mkdtempSync(join(tmpdir(), "estiba-hostile-"));
const trace = join(folder, "trace");

// Everything that Bun or Node look for beside a program or in the current folder.
const EVIL = `require("node:fs").appendFileSync(${JSON.stringify(trace)}, process.argv.join(" ") + "\\n");`;
const FILES: Readonly<Record<string, string>> = {
  ".env": "HOSTILE=dotenv\nESTIBA_ROOT=/nonesuch\nESTIBA_CONMON=/bin/false\nPATH=/nonesuch\n",
  ".env.local": "HOSTILE=local\n",
  ".env.production": "HOSTILE=production\n",
  ".env.development": "HOSTILE=development\n",
  "bunfig.toml":
    'preload = ["./evil.js"]\n[run]\npreload = ["./evil.js"]\n[test]\npreload = ["./evil.js"]\n[define]\n"process.argv" = "[]"\n',
  ".bunfig.toml": 'preload = ["./evil.js"]\n',
  "evil.js": EVIL,
  "package.json": JSON.stringify({
    name: "estiba",
    type: "commonjs",
    main: "./evil.js",
    imports: { "#x": "./evil.js" },
    exports: "./evil.js",
    scripts: { run: "node evil.js", preinstall: "node evil.js" },
  }),
  "tsconfig.json": JSON.stringify({
    compilerOptions: {
      paths: { "*": ["./evil.js"], "node:fs": ["./evil.js"], "bun:sqlite": ["./evil.js"] },
      jsxImportSource: "evil",
    },
  }),
  "jsconfig.json": JSON.stringify({ compilerOptions: { paths: { "*": ["./evil.js"] } } }),
  "index.js": EVIL,
  "main.ts": EVIL,
  "src/main.ts": EVIL,
  "libc.so.6": "not a library",
  "libseccomp.so.2": "not a library",
  ...Object.fromEntries(
    ["fs", "node:fs", "bun:sqlite", "bun:ffi", "bun", "node:path", "preload"].flatMap((name) => [
      [`node_modules/${name}/package.json`, JSON.stringify({ name, main: "index.js" })],
      [`node_modules/${name}/index.js`, EVIL],
    ]),
  ),
  "node_modules/.bin/conmon": `#!/bin/sh\necho conmon >>${trace}\n`,
  conmon: `#!/bin/sh\necho conmon >>${trace}\n`,
  crun: `#!/bin/sh\necho crun >>${trace}\n`,
  nft: `#!/bin/sh\necho nft >>${trace}\n`,
  estiba: `#!/bin/sh\necho estiba >>${trace}\n`,
};

beforeAll(() => {
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text, { mode: 0o755 });
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const here = { cwd: folder };

test("nothing in the current folder runs or changes what the binary does", async () => {
  expect(await engine.ok(["--version"], here)).toMatch(/^estiba version /);
  expect(await engine.ok(["run", "--rm", "-e", "HOSTILE", IMAGE, "env"], here)).not.toContain("HOSTILE");
  const id = await engine.ok(["run", "-d", "--name", "box", "-p", "127.0.0.1::80", IMAGE, "sleep", "1000"], here);
  expect(await engine.ok(["exec", "box", "echo", "fine"], here)).toBe("fine");
  expect(await engine.ok(["inspect", "--format", "{{.Id}}", "box"], here)).toBe(id);
  for (const args of [
    ["ps"],
    ["images"],
    ["logs", "box"],
    ["info"],
    ["doctor"],
    ["stop", "-t", "0", "box"],
    ["rm", "box"],
    ["system", "check"],
  ]) {
    const { code, stderr } = await engine.run(args, here);
    expect({ args, code: args[0] === "doctor" ? 0 : code, stderr }).toEqual({ args, code: 0, stderr: "" });
  }
  expect(existsSync(trace)).toBe(false);
});

test("the exit hook, which conmon starts in the bundle, finds the same peace", async () => {
  await engine.ok(["run", "-d", "--rm", "--name", "gone", IMAGE, "sleep", "0.2"], here);
  expect(await engine.ok(["wait", "gone"], here)).toBe("0");
  expect(await engine.ok(["ps", "-aq"], here)).toBe("");
  expect(existsSync(trace)).toBe(false);
});

test("variables that name folders of configuration or modules make nothing there run", async () => {
  const env = {
    NODE_OPTIONS: `--require ${join(folder, "evil.js")}`,
    BUN_INSPECT: "",
    BUN_CONFIG_FILE: join(folder, "bunfig.toml"),
    XDG_CONFIG_HOME: folder,
    HOME: folder,
    NODE_PATH: join(folder, "node_modules"),
  };
  const { stdout } = await engine.run(["run", "--rm", IMAGE, "echo", "fine"], { ...here, env });
  expect(stdout).toBe("fine\n");
  expect(existsSync(trace)).toBe(false);
});
