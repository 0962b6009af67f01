import { expect, test } from "bun:test";
import { TestProject } from "../fixtures/compose.ts";
import { eventually, IMAGE, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();

const SLEEP = `image: "${IMAGE}", command: sleep 1000, stop_signal: SIGKILL`;
const ROUNDS = 60;
/** About as long as an up takes on a busy machine. */
const LONGEST_MS = 1200;

test("60 times, up, a replacement or down is killed at a random moment: the next one finishes the job, and nothing is left", async () => {
  await using project = new TestProject(engine, "cut", {
    "compose.yaml": `
services:
  a: {${SLEEP}, environment: {V: "$V"}, networks: [n], volumes: ["v:/v", /anonymous], healthcheck: {test: "true", interval: 50ms}}
  b: {${SLEEP}, depends_on: {a: {condition: service_healthy}}, networks: [n], scale: 3, ports: ["127.0.0.1::80"]}
  c: {${SLEEP}, network_mode: "service:a"}
networks: {n: {}}
volumes: {v: {}}
`,
  });
  const wanted = ["cut-a-1", "cut-b-1", "cut-b-2", "cut-b-3", "cut-c-1"].map((name) => `${name} running`);
  for (let round = 0; round < ROUNDS; round += 1) {
    const env = { V: String(Math.floor(round / 3)) };
    const verb = round % 3 === 2 ? ["down", "-v", "-t", "0"] : ["up", "-d"];
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
    // What was forgotten and not yet freed is all that a kill may leave; a hook may be about to free it.
    await eventually(
      async () => (await engine.run(["system", "check"])).stdout,
      (findings) => findings.split("\n").every((line) => line === "" || /^(volume|snapshot): /.test(line)),
    );
    await engine.run(["system", "check", "--repair"]);
    await engine.expectClean();
  }
}, 600_000);
