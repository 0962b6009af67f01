import { expect, test } from "bun:test";
import { join } from "node:path";
import { TestProject } from "../fixtures/compose.ts";
import { eventually, useEngine } from "../fixtures/engine.ts";
import { openTerminal } from "../fixtures/terminal.ts";

const engine = useEngine();

test("an attached up shows each line once behind its container's name, in order, and ends with the last container", async () => {
  await using project = new TestProject(engine, "talk", {
    "compose.yaml": `
services:
  many: {image: "bb:1", command: sh -c "for i in $$(seq 2000); do echo line $$i; done"}
  err: {image: "bb:1", command: sh -c "echo oops >&2; exit 4"}
`,
  });
  const { code, stdout, stderr } = await project.run(["up"]);
  expect(code).toBe(0);
  expect(stdout).toContain("Attaching to err-1, many-1\n");
  expect(stderr).toContain("err-1   | oops\n");
  expect(stdout).toContain("err-1 exited with code 4\n");
  const lines = stdout.split("\n").filter((line) => line.startsWith("many-1  | "));
  expect(lines).toEqual(Array.from({ length: 2000 }, (_, index) => `many-1  | line ${index + 1}`));
  const logged = (await project.ok(["logs", "--no-log-prefix", "many"])).split("\n");
  expect(logged).toHaveLength(2000);
});

test("a service with attach: false is neither shown by up nor by logs, unless it is named", async () => {
  await using project = new TestProject(engine, "silent", {
    "compose.yaml": `
services:
  loud: {image: "bb:1", command: echo loud words}
  mute: {image: "bb:1", command: echo mute words, attach: false}
`,
  });
  const { stdout } = await project.run(["up"]);
  expect(stdout).toContain("| loud words");
  expect(stdout).not.toContain("mute words");
  expect(await project.ok(["logs"])).not.toContain("mute words");
  await eventually(
    async () => await project.ok(["logs", "mute"]),
    (text) => text.includes("mute words"),
  );
});

test("one that has ended before all are started is told too, and one without a log ends the command as well", async () => {
  await using project = new TestProject(engine, "brief", {
    "compose.yaml": `
services:
  brief: {image: "bb:1", command: "true"}
  mute: {image: "bb:1", command: "true", logging: {driver: none}}
  last: {image: "bb:1", command: "true", depends_on: {brief: {condition: service_completed_successfully}}}
`,
  });
  const { code, stdout } = await project.run(["up"]);
  expect(code).toBe(0);
  const told = stdout.split("\n").filter((line) => line.includes("exited with"));
  expect(told.toSorted()).toEqual(["brief", "last", "mute"].map((name) => `${name}-1 exited with code 0`));
});

test("--abort-on-container-exit ends with the first code, --exit-code-from with that of a service", async () => {
  await using project = new TestProject(engine, "codes", {
    "compose.yaml": `
services:
  quick: {image: "bb:1", command: sh -c "exit 5", depends_on: {slow: {condition: service_healthy}}}
  # Once its sleep is there, its init heeds signals.
  slow: {image: "bb:1", init: true, command: sleep 1000, healthcheck: {test: pidof sleep, interval: 50ms}}
`,
  });
  expect((await project.run(["up", "--abort-on-container-exit"])).code).toBe(5);
  expect((await project.run(["up", "--exit-code-from", "slow"])).code).toBe(143);
  expect(await project.ok(["ps", "-q"])).toBe("");
  // What was not named runs on.
  await project.ok(["up", "-d", "slow"]);
  expect((await project.run(["up", "--exit-code-from", "quick", "quick"])).code).toBe(5);
  expect(await project.ok(["ps", "--services"])).toBe("slow");
  const { code } = await project.run(["exec", "slow", "no-such-command"]);
  expect(code).toBe(127);
});

test("Ctrl-C stops the project gracefully with 130, a second one kills it", async () => {
  await using project = new TestProject(engine, "ctrlc", {
    "compose.yaml": `
services:
  polite: {image: "bb:1", command: sh -c "trap 'echo bye; exit 0' TERM; echo ready; while true; do sleep 0.05; done"}
  deaf: {image: "bb:1", command: sh -c "trap '' TERM; echo ready; while true; do sleep 0.05; done", stop_grace_period: 60s}
`,
  });
  const up = Bun.spawn(engine.argv(["compose", "up"]), { cwd: project.folder, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const asked = { first: false, second: false };
  for await (const chunk of up.stdout) {
    output += Buffer.from(chunk).toString();
    if (!asked.first && output.match(/\| ready/g)?.length === 2) {
      asked.first = true;
      up.kill("SIGINT");
    }
    if (!asked.second && output.includes("polite-1 exited with code 0")) {
      asked.second = true;
      up.kill("SIGINT");
    }
  }
  expect(await up.exited).toBe(130);
  expect(output).toContain("polite-1  | bye");
  expect(output).toContain("deaf-1 exited with code 137");
});

test("hooks run in the container, and what they print is shown; one that fails fails the up", async () => {
  await using project = new TestProject(engine, "hooks", {
    "compose.yaml": `
services:
  web:
    image: bb:1
    init: true
    command: sleep 1000
    post_start: [{command: [sh, -c, "echo begun > /tmp/begun"]}]
    pre_stop: [{command: [sh, -c, "echo stop hook running"]}]
  job: {image: "bb:1", command: sh -c "exit 0", depends_on: [web]}
`,
  });
  await project.ok(["up", "-d", "web"]);
  expect(await project.ok(["exec", "web", "cat", "/tmp/begun"])).toBe("begun");
  const { stdout } = await project.run(["up", "--abort-on-container-exit"]);
  expect(stdout).toContain("web-1 -> stop hook running");
  project.write(
    "compose.yaml",
    `services: {web: {image: "bb:1", init: true, command: sleep 1000, post_start: [{command: [nothing]}]}}`,
  );
  const failed = await project.run(["up", "-d", "--remove-orphans"]);
  expect(failed.code).toBe(1);
  expect(failed.stderr).toContain("web hook exited with status 127");
});

test("on a terminal the key w begins to watch source files, d leaves the containers running, and Ctrl-C still stops them", async () => {
  await using project = new TestProject(engine, "keys", {
    "compose.yaml": `
services:
  web:
    image: bb:1
    command: sh -c "echo ready; exec sleep 1000"
    stop_signal: SIGKILL
    develop: {watch: [{path: ./app, action: sync, target: /app}]}
`,
    "app/a.txt": "one",
  });
  const up = (): ReturnType<typeof openTerminal> =>
    openTerminal(engine, ["compose", "-f", join(project.folder, "compose.yaml"), "up"]);
  const first = up();
  await first.shows("d: detach, w: watch source files");
  await first.shows(" ready");
  first.type("w");
  await first.shows("Watch enabled");
  project.write("app/a.txt", "two");
  await eventually(
    async () => (await engine.run(["exec", "keys-web-1", "cat", "/app/a.txt"])).stdout.trim(),
    (text) => text === "two",
  );
  first.type("d");
  expect(await first.child.exited).toBe(0);
  expect(await project.ok(["ps", "--format", "{{.State}}"])).toBe("running");
  const second = up();
  await second.shows("d: detach");
  second.type("\u0003");
  expect(await second.child.exited).toBe(130);
  // A tree would be drawn over what services print.
  expect(second.text()).toContain(" Container keys-web-1 Stopped\n");
  expect(second.text()).toContain("exited with code 137");
  expect(await project.ok(["ps", "-q"])).toBe("");
});
