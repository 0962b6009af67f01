import { Database } from "bun:sqlite";
import { afterEach, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Service } from "../../src/cluster/model/service.ts";
import { eventually, IMAGE, useEngine } from "../fixtures/engine.ts";
import { killHard } from "../fixtures/supervision.ts";

const engine = useEngine();
const YEAR_MS = 366 * 86_400_000;

afterEach(async () => {
  await engine.run(["swarm", "leave", "--force"]);
}, 60_000);

async function create(...words: string[]): Promise<void> {
  await engine.ok(["service", "create", "--stop-grace-period", "0s", "--restart-delay", "10ms", ...words]);
}

async function rows(name: string): Promise<string[]> {
  const out = await engine.ok(["service", "ps", name, "--format", "{{.Name}} {{.CurrentState}}"]);
  return out === "" ? [] : out.split("\n").map((row) => row.trim().split(" ").slice(0, 2).join(" "));
}

/** The only manager is away for a while: as long as nobody had looked at any schedule for more than a year. */
async function beAway(): Promise<void> {
  const { pid } = JSON.parse(readFileSync(join(engine.runRoot, "cluster/pid"), "utf8")) as { pid: number };
  await killHard(pid);
  const database = new Database(join(engine.root, "cluster/state.db"));
  const found = database.query("SELECT key, value FROM entry WHERE key LIKE 'services/%'").all();
  for (const { key, value } of found as { key: string; value: string }[]) {
    const service = JSON.parse(value) as Service;
    const schedule = { of: "", runs: [], ...service.schedule, after: Date.now() - YEAR_MS };
    database.run("UPDATE entry SET value = ? WHERE key = ?", [JSON.stringify({ ...service, schedule }), key]);
  }
  database.close();
  await engine.ok(["service", "ls"]);
}

test("a job with a schedule waits for its time; a run that nobody was there for is made up for once, or left out, which is said", async () => {
  await engine.ok(["swarm", "init"]);
  await refuseBad();
  const yearly = ["--mode", "scheduled", "--schedule", "0 0 1 1 *", "--schedule-deadline", "9000h"];
  await create("--name", "report", ...yearly, "--replicas", "2", IMAGE, "sh", "-c", "echo done");
  await create("--name", "late", "--schedule", "0 0 1 1 *", IMAGE, "true");
  const list = async (): Promise<string> =>
    await engine.ok(["service", "ls", "--filter", "name=report", "--format", "{{.Mode}} {{.Replicas}}"]);
  expect(await list()).toMatch(/^scheduled 0\/0 \(next run \d{4}-01-01T00:00Z\)$/);
  expect(await rows("report")).toEqual([]);
  await beAway();
  const names = await eventually(
    async () => await rows("report"),
    (all) => all.length === 2 && all.every((row) => row.endsWith(" Complete")),
  );
  expect(names.map((row) => row.replace(/@\d{4}-/, "@"))).toEqual([
    "report.1@01-01T00:00Z Complete",
    "report.2@01-01T00:00Z Complete",
  ]);
  expect(await engine.ok(["service", "ps", "-q", "--filter", `name=${names[0]?.split(" ")[0]}`, "report"])).not.toBe(
    "",
  );
  expect(await engine.ok(["service", "logs", "--raw", "report"])).toBe("done\ndone");
  const inspected = await engine.ok(["service", "inspect", "--format", "{{json .ScheduleStatus}}", "report"]);
  const status = JSON.parse(inspected) as { Runs: { State: string }[]; NextRun: string };
  expect(status.Runs).toEqual([expect.objectContaining({ State: "complete" })]);
  expect(Date.parse(status.NextRun)).toBeGreaterThan(Date.now());
  const { stderr } = await eventually(
    async () => await engine.run(["service", "ps", "late"]),
    (said) => said.stderr !== "",
  );
  expect(stderr).toMatch(/^late: the run of \d{4}-01-01T00:00:00.000Z was left out: it was noticed /);
  expect(await rows("late")).toEqual([]);
  // It had its run.
  await beAway();
  expect(await engine.ok(["service", "ps", "--explain", "report"])).toContain("report: the next run is at ");
  expect((await rows("report")).length).toBe(2);
});

/** What is no schedule is refused with the place of the fault, and a schedule of what is no job. */
async function refuseBad(): Promise<void> {
  const refused = async (...words: string[]): Promise<string> => {
    const { code, stderr } = await engine.run(["service", "create", "--name", "no", ...words, IMAGE]);
    expect(code).toBe(125);
    return stderr;
  };
  expect(await refused("--schedule", "0 3,25 * * *")).toContain('"25" at character 5 is no hour');
  expect(await refused("--schedule", "0 0 30 2 *")).toContain('no day is ever as "0 0 30 2 *" says');
  const mars = ["--schedule", "@daily", "--schedule-timezone", "Mars/Olympus"];
  expect(await refused(...mars)).toContain('"Mars/Olympus" is no time zone');
  expect(await refused("--mode", "scheduled")).toContain('--mode: "scheduled" is not of use without --schedule');
  expect(await refused("--mode", "global", "--schedule", "@daily")).toContain("of use with --mode global");
  expect(await refused("--label", "io.estiba.schedule=@daily")).toContain("is for replicated jobs, not replicated");
  await create("--name", "job", "--mode", "replicated-job", "--label", "io.estiba.schedule=@daily", IMAGE, "true");
  expect(await engine.ok(["service", "ls", "--filter", "mode=scheduled", "--format", "{{.Name}}"])).toBe("job");
  const gone = await engine.run(["service", "update", "--label-rm", "io.estiba.schedule", "job"]);
  expect([gone.code, gone.stderr]).toEqual([125, expect.stringContaining("service mode change is not allowed")]);
  expect(await engine.ok(["service", "update", "-q", "--schedule", "@hourly", "job"])).toBe("job");
}
