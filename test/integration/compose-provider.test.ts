import { expect, test } from "bun:test";
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { TestProject } from "../fixtures/compose.ts";
import { useEngine } from "../fixtures/engine.ts";

const engine = useEngine();

/** Writes down how it was called; what it says is in the file `says`. */
const PROGRAM = `#!/bin/sh
echo "$@" >> "$PROVIDER_LOG"
[ "$4" = up ] && cat says
exit 0
`;

test("a provider is called for up and down with its options, what it sets is in the containers that depend on it, and its error ends the up", async () => {
  const project = new TestProject(engine, "provided", {
    "compose.yaml": `
services:
  my-db: {provider: {type: makedb, options: {size: 10, kind: [a, b]}}}
  web: {image: "bb:1", command: sh -c 'env | grep -E "MY_DB_URL|PLAIN" | sort', depends_on: [my-db]}
`,
    "bin/makedb": PROGRAM,
    says: '{"type":"info","message":"preparing"}\n{"type":"setenv","message":"URL=db://x"}\n{"type":"rawsetenv","message":"PLAIN=1"}\n{"type":"debug","message":"unseen"}\n',
  });
  chmodSync(join(project.folder, "bin/makedb"), 0o755);
  const log = join(project.folder, "log");
  const env = { PATH: `${join(project.folder, "bin")}:${process.env["PATH"]}`, PROVIDER_LOG: log };
  const up = await project.run(["up"], { env });
  expect([up.code, up.stderr]).toEqual([0, expect.stringContaining("preparing")] as never);
  expect(up.stderr).not.toContain("unseen");
  expect(up.stdout).toContain("web-1  | MY_DB_URL=db://x\nweb-1  | PLAIN=1\n");
  await project.ok(["down", "-t", "0"], { env });
  expect(readFileSync(log, "utf8")).toBe(
    "compose --project-name provided up --kind=a --kind=b --size=10 my-db\ncompose --project-name provided down --kind=a --kind=b --size=10 my-db\n",
  );
  project.write("says", '{"type":"error","message":"no room"}\n');
  const failed = await project.run(["up", "-d"], { env });
  expect([failed.code, failed.stderr]).toEqual([
    1,
    expect.stringContaining('provider "makedb" of service "my-db" failed: no room'),
  ] as never);
  const missing = await project.run(["up", "-d"], { env: { PROVIDER_LOG: log } });
  expect([missing.code, missing.stderr]).toEqual([
    1,
    expect.stringContaining('there is no program "makedb" to provide the service'),
  ] as never);
  await project.ok(["down", "-t", "0"], { env });
});
