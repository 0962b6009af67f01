import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { eventually, IMAGE, testRuntimes, useEngine } from "../fixtures/engine.ts";
import { look, processesWith, until } from "../fixtures/supervision.ts";

const SECOND_NS = 1_000_000_000;
const engine = useEngine({
  images: [
    {
      name: "checked:1",
      process: { healthcheck: { test: ["CMD-SHELL", "test -e /ok"], intervalNs: SECOND_NS / 4, retries: 2 } },
    },
    {
      name: "argv:1",
      process: { healthcheck: { test: ["CMD", "test", "-e", "/ok"], intervalNs: SECOND_NS / 4, timeoutNs: SECOND_NS } },
    },
    { name: "none:1", process: { healthcheck: { test: ["NONE"] } } },
  ],
});
setDefaultTimeout(60_000);

const SOON = ["--health-interval", "200ms", "--health-retries", "2"];
const checkedBy = async (name: string, command: string, ...options: string[]) =>
  await engine.detached(["--name", name, "--health-cmd", command, ...SOON, ...options], "sleep", "1000");
const statusOf = async (name: string) => await look(engine, name, "State.Health.Status");
const untilStatus = async (name: string, status: string) => await until(engine, name, ["State.Health.Status"], status);

type Result = { Start: string; End: string; ExitCode: number; Output: string };
const logOf = async (name: string) => JSON.parse(await look(engine, name, "State.Health.Log | json")) as Result[];

for (const { name: runtime, why } of testRuntimes()) {
  const title = why === undefined ? `with ${runtime}` : `with ${runtime}, skipped: ${why}`;
  describe.skipIf(why !== undefined)(title, () => {
    test("a check that passes makes healthy, failures in a row make unhealthy, and ps and filter tell", async () => {
      await checkedBy("box", "test -e /ok", "--runtime", runtime);
      await untilStatus("box", "unhealthy");
      expect(await engine.ok(["ps", "--format", "{{.Status}}", "--filter", "health=unhealthy"])).toMatch(
        /^Up .* \(unhealthy\)$/,
      );
      await engine.ok(["exec", "box", "touch", "/ok"]);
      await untilStatus("box", "healthy");
      expect(await look(engine, "box", "State.Health.FailingStreak")).toBe("0");
      expect(await engine.ok(["ps", "--format", "{{.Status}}"])).toMatch(/^Up .* \(healthy\)$/);
    });

    test("a check that takes too long fails, and is killed with all that it has started", async () => {
      await checkedBy("box", "echo begun; sleep 1234 & sleep 1235", "--health-timeout", "300ms", "--runtime", runtime);
      await untilStatus("box", "unhealthy");
      // On a busy host a check may be over before it has said anything.
      await eventually(
        () => logOf("box"),
        (log) => log.some(({ ExitCode, Output }) => ExitCode === -1 && /^begun\n.*exceeded timeout/.test(Output)),
      );
      await engine.ok(["pause", "box"]);
      await eventually(
        () => [...processesWith("sleep", "1234"), ...processesWith("sleep", "1235")].length,
        (count) => count <= 2,
      );
      await engine.ok(["unpause", "box"]);
      await engine.ok(["rm", "-f", "box"]);
      expect([...processesWith("sleep", "1234"), ...processesWith("sleep", "1235")]).toEqual([]);
    });
  });
}

test("an image's check is made with its own times; options go over them", async () => {
  await engine.ok(["run", "-d", "--name", "image", "checked:1", "sleep", "1000"]);
  await engine.ok([
    "run",
    "-d",
    "--name",
    "over",
    "--health-cmd",
    "true",
    "--health-retries",
    "7",
    "checked:1",
    "sleep",
    "1000",
  ]);
  await engine.ok(["run", "-d", "--name", "argv", "argv:1", "sh", "-c", "touch /ok; sleep 1000"]);
  await Promise.all([
    untilStatus("image", "unhealthy"),
    untilStatus("over", "healthy"),
    untilStatus("argv", "healthy"),
  ]);
  expect(
    await look(engine, "over", "Config.Healthcheck.Test", "Config.Healthcheck.Interval", "Config.Healthcheck.Retries"),
  ).toBe("[CMD-SHELL true] 250ms 7");
});

test("--no-healthcheck, NONE of an image, and no check at all: no health, and nothing watches", async () => {
  await engine.ok(["run", "-d", "--name", "off", "--no-healthcheck", "checked:1", "sleep", "1000"]);
  await engine.ok(["run", "-d", "--name", "none", "none:1", "sleep", "1000"]);
  await engine.ok(["run", "-d", "--name", "plain", IMAGE, "sleep", "1000"]);
  for (const name of ["off", "none", "plain"]) {
    const { code, stderr } = await engine.run(["healthcheck", "run", name]);
    expect(code).toBe(125);
    expect(stderr).toContain("has no defined healthcheck");
  }
  expect(await engine.ok(["ps", "-q", "--filter", "health=none"])).not.toBe("");
  expect(await engine.ok(["ps", "--format", "{{.Status}}"])).not.toContain("(");
  // That of an earlier test goes within seconds, and none comes for these.
  await eventually(
    () => processesWith(engine.runRoot, "system", "watch"),
    (pids) => pids.length === 0,
  );
});

test("options without any check to speak of are refused", async () => {
  const { code, stderr } = await engine.run(["create", "--health-retries", "5", IMAGE, "true"]);
  expect(code).toBe(125);
  expect(stderr).toContain("--health-cmd");
});

test("healthcheck run makes a check: 0, or 1 and a word, or 125 where the container does not run", async () => {
  await engine.detached(
    ["--name", "box", "--health-cmd", "test -e /ok", "--health-interval", "disable"],
    "sleep",
    "1000",
  );
  const runs = async (...words: string[]) => {
    const { code, stdout } = await engine.run(["healthcheck", "run", ...words, "box"]);
    return { code, stdout };
  };
  expect(await statusOf("box")).toBe("starting");
  expect(await runs()).toEqual({ code: 1, stdout: "unhealthy\n" });
  expect(await runs("--ignore-result")).toEqual({ code: 0, stdout: "unhealthy\n" });
  expect(await look(engine, "box", "State.Health.Status", "State.Health.FailingStreak")).toBe("starting 2");
  await engine.ok(["exec", "box", "touch", "/ok"]);
  expect(await runs()).toEqual({ code: 0, stdout: "" });
  expect(await look(engine, "box", "State.Health.Status", "State.Health.FailingStreak")).toBe("healthy 0");
  await engine.ok(["stop", "-t", "0", "box"]);
  expect((await runs()).code).toBe(125);
});

test("a check runs as the container's user, with its environment, folder and capabilities", async () => {
  const command = "id -u; echo $COLOUR; pwd; grep CapEff /proc/self/status";
  const options = ["--user", "1000", "-e", "COLOUR=green", "-w", "/tmp", "--cap-drop", "all"];
  await checkedBy("box", command, ...options);
  await untilStatus("box", "healthy");
  expect((await logOf("box"))[0]?.Output).toBe("1000\ngreen\n/tmp\nCapEff:\t0000000000000000\n");
});

test("a check that cannot be executed has failed, and its log says why", async () => {
  await checkedBy("box", '["/no/such/program"]');
  await untilStatus("box", "unhealthy");
  const [first] = await logOf("box");
  expect(first?.ExitCode).toBe(-1);
  expect(first?.Output).toContain("/no/such/program");
});

test("the log keeps so many results of so many characters, and a folder gets it as a file", async () => {
  const folder = engine.path("health-logs");
  await Bun.write(`${folder}/.keep`, "");
  const id = await checkedBy(
    "box",
    "echo 0123456789",
    "--health-max-log-count",
    "2",
    "--health-max-log-size",
    "4",
    "--health-log-destination",
    folder,
  );
  await eventually(
    () => logOf("box"),
    (log) => log.length === 2,
  );
  const first = (await logOf("box"))[1]?.Start ?? "";
  const later = await eventually(
    () => logOf("box"),
    (log) => (log[0]?.Start ?? "") >= first,
  );
  expect(later.map(({ Output }) => Output)).toEqual(["0123", "0123"]);
  const written = JSON.parse(readFileSync(`${folder}/${id}-healthcheck.log`, "utf8")) as {
    Status: string;
    Log: Result[];
  };
  expect(written.Status).toBe("healthy");
  expect(written.Log).toHaveLength(2);
});

test("failures in the start period do not count, and checks come at its own interval", async () => {
  const period = ["--health-start-period", "1h", "--health-start-interval", "100ms"];
  const regular = ["--health-cmd", "test -e /ok", "--health-interval", "1h", "--health-retries", "1"];
  await engine.detached(["--name", "box", ...regular, ...period], "sleep", "1000");
  await eventually(
    () => logOf("box"),
    (log) => log.length >= 3,
  );
  expect(await look(engine, "box", "State.Health.Status", "State.Health.FailingStreak")).toBe("starting 0");
  await engine.ok(["exec", "box", "touch", "/ok"]);
  await untilStatus("box", "healthy");
});

test("the start-up check comes first; the regular one begins when it has passed so often", async () => {
  await checkedBy(
    "box",
    "echo regular",
    "--health-startup-cmd",
    "echo startup; test -e /ok",
    "--health-startup-interval",
    "100ms",
    "--health-startup-success",
    "2",
  );
  await eventually(
    () => logOf("box"),
    (log) => log.length >= 2,
  );
  expect(await statusOf("box")).toBe("starting");
  expect((await logOf("box")).every(({ Output }) => Output === "startup\n")).toBe(true);
  await engine.ok(["exec", "box", "touch", "/ok"]);
  await untilStatus("box", "healthy");
  await eventually(
    () => logOf("box"),
    (log) => log.at(-1)?.Output === "regular\n",
  );
});

test("a start-up check that fails too often restarts the container", async () => {
  await checkedBy(
    "box",
    "true",
    "--health-startup-cmd",
    "false",
    "--health-startup-interval",
    "50ms",
    "--health-startup-retries",
    "2",
    "--stop-timeout",
    "0",
  );
  await until(engine, "box", ["RestartCount", "State.Status"], /^[1-9]\d* (running|restarting)$/);
});

describe("an unhealthy container", () => {
  const unwell = async (action: string, ...options: string[]) =>
    await checkedBy("box", "test ! -e /ill", "--health-on-failure", action, "--stop-timeout", "0", ...options);

  test("with none stays as it is", async () => {
    await unwell("none");
    await engine.ok(["exec", "box", "touch", "/ill"]);
    await untilStatus("box", "unhealthy");
    expect(await look(engine, "box", "State.Status")).toBe("running");
  });

  test("with kill is killed", async () => {
    await unwell("kill");
    await engine.ok(["exec", "box", "touch", "/ill"]);
    await until(engine, "box", ["State.Status", "State.ExitCode", "State.Health.Status"], "exited 137 unhealthy");
  });

  test("with stop is stopped, and its policy leaves it so", async () => {
    await unwell("stop", "--restart", "always");
    await engine.ok(["exec", "box", "touch", "/ill"]);
    await until(engine, "box", ["State.Status", "RestartCount"], "exited 0");
  });

  test("with restart is started again without a policy, and is well", async () => {
    await engine.detached(
      [
        "--name",
        "box",
        "--health-cmd",
        "test ! -e /tmp/ill",
        ...SOON,
        "--health-on-failure",
        "restart",
        "--stop-timeout",
        "0",
        "--tmpfs",
        "/tmp",
      ],
      "sleep",
      "1000",
    );
    await engine.ok(["exec", "box", "touch", "/tmp/ill"]);
    await until(engine, "box", ["RestartCount", "State.Health.Status"], "1 healthy");
  });

  test("with kill and a policy is started again", async () => {
    await engine.detached(
      [
        "--name",
        "box",
        "--health-cmd",
        "test ! -e /tmp/ill",
        ...SOON,
        "--health-on-failure",
        "kill",
        "--restart",
        "always",
        "--tmpfs",
        "/tmp",
      ],
      "sleep",
      "1000",
    );
    await engine.ok(["exec", "box", "touch", "/tmp/ill"]);
    await until(engine, "box", ["RestartCount", "State.Health.Status"], "1 healthy");
  });
});

const eventsOf = (id: string): Record<string, string>[] =>
  readFileSync(`${engine.runRoot}/events/events.jsonl`, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { id: string; action: string; attributes: Record<string, string> })
    .filter((event) => event.id === id && event.action === "health_status")
    .map(({ attributes }) => attributes);

test("each check is an event with events_logger, with its output", async () => {
  const id = await checkedBy("box", "echo all well", "--health-log-destination", "events_logger");
  const events = await eventually(
    () => eventsOf(id),
    ({ length }) => length >= 3,
  );
  expect(events[2]).toMatchObject({ health_status: "healthy", health_failing_streak: "0", health_log: "all well\n" });
});

test("else a check that finds a container as well as before is no event, unless it was asked for", async () => {
  const id = await checkedBy("box", "test ! -e /ill");
  await eventually(
    () => logOf("box"),
    (log) => log.length >= 4,
  );
  expect(eventsOf(id)).toMatchObject([{ health_status: "healthy" }]);
  await engine.ok(["healthcheck", "run", "box"]);
  expect(eventsOf(id)).toMatchObject([{ health_status: "healthy" }, { health_status: "healthy" }]);
  await engine.ok(["exec", "box", "touch", "/ill"]);
  await untilStatus("box", "unhealthy");
  expect(eventsOf(id)[2]).toMatchObject({ health_status: "healthy", health_failing_streak: "1", health_log: "" });
});

test("a paused container is not checked, and is checked again when it goes on", async () => {
  await checkedBy("box", "true");
  await untilStatus("box", "healthy");
  await engine.ok(["pause", "box"]);
  const paused = await logOf("box");
  // The time of several checks.
  await Bun.sleep(1_000);
  expect(await logOf("box")).toEqual(paused);
  await engine.ok(["unpause", "box"]);
  await eventually(
    () => logOf("box"),
    (log) => log.at(-1)?.Start !== paused.at(-1)?.Start,
  );
  expect(await statusOf("box")).toBe("healthy");
});
