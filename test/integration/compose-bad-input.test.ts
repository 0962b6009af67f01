import { expect, test } from "bun:test";
import { TestProject } from "../fixtures/compose.ts";
import { eventually, IMAGE, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();

const SLEEP = `image: "${IMAGE}", command: sleep 1000, stop_signal: SIGKILL`;

async function names(project: TestProject): Promise<string[]> {
  return Object.keys(await project.ids()).toSorted();
}

async function states(project: TestProject): Promise<string[]> {
  return (await project.ok(["ps", "-a", "--format", "{{.Name}} {{.State}}"])).split("\n").toSorted();
}

test("a dependency that becomes unhealthy, or ends, ends the up by name; who waits for it is made and not started", async () => {
  await using project = new TestProject(engine, "sick", {
    "compose.yaml": `
services:
  db: {${SLEEP}, healthcheck: {test: "exit 1", interval: 100ms, retries: 2}}
  job: {image: "${IMAGE}", command: sh -c "exit 3"}
  web: {${SLEEP}, depends_on: {db: {condition: service_healthy}}}
  late: {${SLEEP}, depends_on: {job: {condition: service_completed_successfully}}}
`,
  });
  const web = await project.run(["up", "-d", "web"]);
  expect([web.code, web.stderr]).toEqual([1, expect.stringContaining("container sick-db-1 is unhealthy")] as never);
  const late = await project.run(["up", "-d", "late"]);
  expect([late.code, late.stderr]).toEqual([
    1,
    expect.stringContaining(`service "job" didn't complete successfully: exit 3`),
  ] as never);
  expect(await states(project)).toEqual([
    "sick-db-1 running",
    "sick-job-1 exited",
    "sick-late-1 created",
    "sick-web-1 created",
  ]);
});

test("a port of the host that another program has ends the up by its number; the next up finishes the job", async () => {
  const taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  await using project = new TestProject(engine, "taken", {
    "compose.yaml": `services: {a: {${SLEEP}}, web: {${SLEEP}, depends_on: [a], ports: ["127.0.0.1:${taken.port}:80"]}}`,
  });
  const { code, stderr } = await project.run(["up", "-d"]);
  taken.stop(true);
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(new RegExp(`cannot publish the tcp port 127.0.0.1:${taken.port}: .* uses it`)),
  ] as never);
  expect(await states(project)).toEqual(["taken-a-1 running", "taken-web-1 created"]);
  await project.ok(["up", "-d"]);
  expect(await states(project)).toEqual(["taken-a-1 running", "taken-web-1 running"]);
});

test("a container that was removed by hand is made again by up alone, and missed by no other verb", async () => {
  await using project = new TestProject(engine, "gone", {
    "compose.yaml": `services: {a: {${SLEEP}}, b: {${SLEEP}, scale: 2}}`,
  });
  await project.ok(["up", "-d"]);
  const before = await project.ids();
  await engine.ok(["rm", "-f", "gone-b-1"]);
  for (const verb of ["stop", "start", "restart", "pause", "unpause", "ps", "logs", "top"])
    await project.ok([verb, ...(["stop", "restart"].includes(verb) ? ["-t", "0"] : [])]);
  expect(await names(project)).toEqual(["gone-a-1", "gone-b-2"]);
  await project.ok(["up", "-d"]);
  const now = await project.ids();
  expect([now["gone-a-1"], now["gone-b-2"]]).toEqual([before["gone-a-1"], before["gone-b-2"]] as never);
  expect(Object.keys(now)).toHaveLength(3);
  await engine.ok(["rm", "-f", "gone-a-1"]);
  await project.ok(["down", "-t", "0"]);
  expect(await engine.ok(["ps", "-aq"])).toBe("");
});

test("containers that are removed by hand while an attached up shows them end it", async () => {
  await using project = new TestProject(engine, "behind", {
    "compose.yaml": `services: {a: {${SLEEP}}, b: {image: "${IMAGE}", command: sh -c "echo ready; exec sleep 1000"}}`,
  });
  const up = Bun.spawn(engine.argv(["compose", "up"]), { cwd: project.folder, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for await (const chunk of up.stdout) {
    const before = output;
    output += Buffer.from(chunk).toString();
    if (!before.includes("| ready") && output.includes("| ready"))
      await engine.ok(["rm", "-f", "behind-a-1", "behind-b-1"]);
  }
  expect({ code: await up.exited, output }).toMatchObject({ code: 0 });
});

test("two ups of one project at once make it once", async () => {
  await using project = new TestProject(engine, "twice", {
    "compose.yaml": `
services:
  a: {${SLEEP}, scale: 2, networks: [n], volumes: ["v:/v"]}
  b: {${SLEEP}, depends_on: [a], networks: [n]}
networks: {n: {}}
volumes: {v: {}}
`,
  });
  const both = await Promise.all([project.run(["up", "-d"]), project.run(["up", "-d"])]);
  expect(both.map(({ code, stderr }) => [code, code === 0 ? "" : stderr])).toEqual([
    [0, ""],
    [0, ""],
  ]);
  expect(await states(project)).toEqual(["twice-a-1 running", "twice-a-2 running", "twice-b-1 running"]);
  const first = await project.ids();
  const again = await Promise.all([
    project.run(["up", "-d", "--force-recreate"]),
    project.run(["up", "-d", "--scale", "a=1"]),
  ]);
  expect(again.map(({ code }) => code)).toEqual([0, 0]);
  const now = await project.ids();
  expect(now["twice-b-1"]).not.toBe(first["twice-b-1"]);
  expect(await names(project)).toContain("twice-b-1");
  // A down beside an up: whoever is second finds what the first has left.
  const [up, down] = await Promise.all([project.run(["up", "-d"]), project.run(["down", "-t", "0"])]);
  expect(down.code).toBe(0);
  expect([0, 1]).toContain(up.code);
});

test("an up that is killed at whatever moment is finished by the next one", async () => {
  await using project = new TestProject(engine, "cut", {
    "compose.yaml": `
services:
  a: {${SLEEP}, networks: [n], volumes: ["v:/v"], secrets: [s], healthcheck: {test: "true", interval: 50ms}}
  b: {${SLEEP}, depends_on: {a: {condition: service_healthy}}, networks: [n], scale: 2}
networks: {n: {}}
volumes: {v: {}}
secrets: {s: {environment: S}}
`,
  });
  const env = { S: "secret" };
  const argv = engine.argv(["compose", "up", "-d"]);
  for (const delayMs of [30, 110, 220]) {
    const child = Bun.spawn(argv, {
      cwd: project.folder,
      env: { ...process.env, ...env },
      stdio: ["ignore", "ignore", "ignore"],
    });
    await Bun.sleep(delayMs);
    child.kill("SIGKILL");
    await child.exited;
    await project.ok(["up", "-d"], { env });
    expect(await states(project)).toEqual(["cut-a-1 running", "cut-b-1 running", "cut-b-2 running"]);
    expect(await engine.ok(["exec", "cut-a-1", "cat", "/run/secrets/s"])).toBe("secret");
    await project.ok(["down", "-v", "-t", "0"], { env });
    // What was forgotten, or not yet recorded, and not yet freed is all that a kill may leave.
    await eventually(
      async () => (await engine.run(["system", "check"])).stdout,
      (findings) => findings.split("\n").every((line) => line === "" || /^(volume|snapshot|secret): /.test(line)),
    );
    await engine.run(["system", "check", "--repair"]);
  }
});

test("Ctrl-C ends an up in the background with 130 between its steps, and what is done stays", async () => {
  await using project = new TestProject(engine, "patient", {
    "compose.yaml": `
services:
  slow: {${SLEEP}, healthcheck: {test: "exit 1", interval: 100ms, retries: 1000}}
  web: {${SLEEP}, depends_on: {slow: {condition: service_healthy}}}
`,
  });
  const up = Bun.spawn(engine.argv(["compose", "up", "-d"]), {
    cwd: project.folder,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let told = "";
  for await (const chunk of up.stderr) {
    const before = told;
    told += Buffer.from(chunk).toString();
    if (!before.includes("slow-1 Waiting") && told.includes("slow-1 Waiting")) up.kill("SIGINT");
  }
  expect({ code: await up.exited, told }).toMatchObject({ code: 130 });
  expect(await states(project)).toEqual(["patient-slow-1 running", "patient-web-1 created"]);
});

test("an image may be named by its id; who shares the network of a container that is gone is told so", async () => {
  const id = await engine.ok(["images", "-q", "--no-trunc", IMAGE]);
  await using project = new TestProject(engine, "byid", {
    "compose.yaml": `
services:
  test: {image: "${id.replace("sha256:", "")}", command: echo by id}
  app: {${SLEEP}, network_mode: "service:db"}
  db: {${SLEEP}}
`,
  });
  expect(await project.ok(["up", "test"])).toContain("| by id");
  await project.ok(["up", "-d", "app"]);
  await engine.ok(["rm", "-f", "byid-app-1"]);
  await engine.ok(["rm", "-f", "byid-db-1"]);
  const { code, stderr } = await project.run(["up", "--no-deps", "-d", "app"]);
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining("cannot share network namespace with service db: container missing"),
  ] as never);
});
