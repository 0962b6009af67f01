import { expect, test } from "bun:test";
import { TestProject } from "../fixtures/compose.ts";
import { eventually, IMAGE, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();

const SLEEP = `image: "${IMAGE}", command: sleep 1000, stop_signal: SIGKILL, x-estiba: {pod: p}`;
const ROUNDS = 45;
/** About as long as an up takes on a busy machine. */
const LONGEST_MS = 1200;

test("45 times, up, a change of the whole pod or down is killed at a random moment: the next one finishes the job, and nothing is left", async () => {
  await using project = new TestProject(engine, "podcut", {
    "compose.yaml": `
services:
  a: {${SLEEP}, hostname: "host$V", ports: ["127.0.0.1::80"]}
  b: {${SLEEP}, environment: {V: "$W"}}
  c: {image: "${IMAGE}", command: sleep 1000, stop_signal: SIGKILL, depends_on: [a]}
`,
  });
  const wanted = ["podcut-a-1 running", "podcut-b-1 running", "podcut-c-1 running"];
  for (let round = 0; round < ROUNDS; round += 1) {
    const env = { V: String(Math.floor(round / 3)), W: String(Math.floor(round / 2)) };
    const verb = round % 5 === 4 ? ["down", "-v", "-t", "0"] : ["up", "-d"];
    const delayMs = Math.floor(Math.random() * LONGEST_MS);
    const child = Bun.spawn(engine.argv(["compose", ...verb]), {
      cwd: project.folder,
      env: { ...process.env, ...env },
      stdio: ["ignore", "ignore", "ignore"],
    });
    await Bun.sleep(delayMs);
    child.kill("SIGKILL");
    await child.exited;
    const { code, stderr } = await project.run(verb, { env });
    expect({ round, verb, delayMs, code, stderr: code === 0 ? "" : stderr }).toMatchObject({ code: 0 });
    const states = await project.ok(["ps", "-a", "--format", "{{.Name}} {{.State}}"], { env });
    expect({ round, delayMs, states: states.split("\n").filter(Boolean).toSorted() }).toEqual({
      round,
      delayMs,
      states: verb[0] === "up" ? wanted : [],
    });
    expect(await engine.ok(["pod", "ps", "--format", "{{.Name}} {{.Status}}"])).toBe(
      verb[0] === "up" ? "podcut-p Running" : "",
    );
    // What was forgotten and not yet freed is all that a kill may leave; a hook may be about to free it.
    await eventually(
      async () => (await engine.run(["system", "check"])).stdout,
      (findings) => findings.split("\n").every((line) => line === "" || /^(volume|snapshot|cgroup): /.test(line)),
    );
    await engine.run(["system", "check", "--repair"]);
    await engine.expectClean();
  }
}, 600_000);
