import { expect, test } from "bun:test";
import { faultIn } from "./fault.ts";
import { nextRun, runUpTo } from "./next-run.ts";

test("a bad cron expression is refused with the place of what is wrong", () => {
  expect(faultIn("61 3 * * *")).toBe('"61" at character 1 is no minute');
  expect(faultIn("1,99 3 * * *")).toBe('"99" at character 3 is no minute');
  expect(faultIn("0 3,,4 * * *")).toBe('"" at character 5 is no hour');
  expect(faultIn("  0 3 0 * *")).toBe('"0" at character 7 is no day of the month');
  expect(faultIn("0 3 * FOO *")).toBe('"FOO" at character 7 is no month');
  expect(faultIn("0 3 * * 1-9")).toBe('"1-9" at character 9 is no day of the week');
  expect(faultIn("0 3 * *")).toBe("at character 8 there is no day of the week");
  expect(faultIn("")).toBe("at character 1 there is no minute");
  expect(faultIn("0 0 3 * * *")).toBe('"*" at character 11 is a field too many');
  expect(faultIn("@sometimes")).toBe('"@sometimes" at character 1 is no such word');
  for (const good of ["*/5 0-6,22 L * MON-FRI", "@daily", " 0  3 ? * 7 ", "0 3 1,15 JAN,MAR *"])
    expect([good, faultIn(good)]).toEqual([good, undefined]);
  expect(() => nextRun({ cron: "0 24 * * *", timezone: "UTC" }, 0)).toThrow('"24" at character 3 is no hour');
  expect(() => nextRun({ cron: "0 3 * * *", timezone: "Mars/Olympus" }, 0)).toThrow('"Mars/Olympus" is no time zone');
});

test("the last time up to a moment, and the first after it, are neighbours, also where a zone changes its clock", () => {
  const times = { cron: "30 2 * * *", timezone: "Europe/Berlin" };
  for (const day of ["2026-01-10", "2026-03-29", "2026-03-30", "2026-10-25", "2026-10-26"]) {
    const at = nextRun(times, Date.parse(`${day}T00:00:00Z`)) ?? 0;
    expect([day, runUpTo(times, at), runUpTo(times, at + 59_999)]).toEqual([day, at, at]);
    expect(runUpTo(times, at - 1)).toBeLessThan(at);
  }
  expect(runUpTo({ cron: "0 0 30 2 *", timezone: "UTC" }, Date.now())).toBeUndefined();
});
