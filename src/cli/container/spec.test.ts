import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { specOf } from "../../../test/fixtures/record.ts";
import { isEstibaError } from "../../lib/error.ts";

const folder: string = mkdtempSync(join(tmpdir(), "estiba-env-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("volumes are folders, names or anonymous by their form", () => {
  expect(specOf("-v", "/src:/dst:ro,rslave", "-v", "data:/data:nocopy", "-v", "/anon", "bb").mounts).toEqual([
    { type: "bind", source: "/src", target: "/dst", readOnly: true, propagation: "rslave", recursive: true },
    { type: "volume", source: "data", target: "/data", readOnly: false, copy: false },
    { type: "volume", source: undefined, target: "/anon", readOnly: false, copy: true },
  ]);
});

test("--mount says the same in its own words", () => {
  expect(
    specOf(
      "--mount",
      "type=bind,src=/a,dst=/b,ro",
      "--mount",
      "target=/v,source=v",
      "--mount",
      "type=tmpfs,dst=/t,tmpfs-size=1m",
      "bb",
    ).mounts,
  ).toEqual([
    { type: "bind", source: "/a", target: "/b", readOnly: true, propagation: "rprivate", recursive: true },
    { type: "volume", source: "v", target: "/v", readOnly: false, copy: true },
    { type: "tmpfs", target: "/t", readOnly: false, options: ["size=1m"] },
  ]);
});

test("flags and propagation may stand alone in --mount", () => {
  const bind = { type: "bind" as const, source: "/a", target: "/b", readOnly: false, recursive: true };
  expect(specOf("--mount", "type=bind,src=/a,dst=/b,noexec,nosuid,rslave", "bb").mounts).toEqual([
    { ...bind, propagation: "rslave", flags: ["noexec", "nosuid"] },
  ]);
  expect(specOf("--mount", "type=tmpfs,dst=/t,exec", "-v", "/a:/b:cached", "bb").mounts).toEqual([
    { ...bind, propagation: "rprivate" },
    { type: "tmpfs", target: "/t", readOnly: false, options: ["exec"] },
  ]);
});

test("a malformed value is refused by the option's name, never ignored", () => {
  const cases: [string[], string][] = [
    [["-v", "a:b:c:d"], "--volume"],
    [["-v", "/a:/b:wat"], "wat"],
    [["--mount", "type=bind,dst=/b"], "source= is missing"],
    [["--mount", "type=tmpfs,dst=/b,src=/x"], "takes no source="],
    [["--mount", "type=devpts,dst=/b,noexec"], "takes no noexec"],
    [["--mount", "type=volume,dst=/b,volume-driver=other"], "other"],
    [["--mount", "type=nfs,dst=/b"], "unknown type"],
    [["-m", "lots"], "--memory"],
    [["--cpus", "many"], "--cpus"],
    [["--cpus", "1", "--cpu-quota", "5000"], "--cpu-quota"],
    [["--ulimit", "nofiles=1"], "--ulimit"],
    [["--ulimit", "nofile=5:1"], "soft limit"],
    [["--security-opt", "labels=disable"], "--security-opt"],
    [["--stop-signal", "SIGFOO"], "SIGFOO"],
    [["--log-opt", "nosuch=x"], "--log-opt"],
    [["-e", "=x"], "--env"],
    [["-p", "80:80:80:80"], "80:80:80:80"],
  ];
  for (const [argv, text] of cases) {
    try {
      specOf(...argv, "bb");
      expect.unreachable(argv.join(" "));
    } catch (error) {
      expect([argv, isEstibaError(error, "invalid"), error instanceof Error && error.message.includes(text)]).toEqual([
        argv,
        true,
        true,
      ]);
    }
  }
});

test("variables come from files first, then from options; a bare name takes the caller's", () => {
  const file = join(folder, "env");
  writeFileSync(file, "# comment\n\nA=file\n  B=spaces kept inside  \nESTIBA_TEST_BARE\nESTIBA_TEST_ABSENT\n");
  process.env["ESTIBA_TEST_BARE"] = "from the caller";
  try {
    expect(specOf("-e", "A=option", "--env-file", file, "bb").env).toEqual([
      "A=file",
      "B=spaces kept inside",
      "ESTIBA_TEST_BARE=from the caller",
      "A=option",
    ]);
  } finally {
    delete process.env["ESTIBA_TEST_BARE"];
  }
});

test("a bad line of a file is named by file, line and column", () => {
  const file = join(folder, "env");
  writeFileSync(file, "A=1\nnot valid=2\n");
  expect(() => specOf("--env-file", file, "bb")).toThrow(`${file}:2:1`);
});

test("networks are named one by one or in a list", () => {
  const names = (...argv: string[]): unknown => specOf(...argv, "bb").networks?.map(({ network }) => network);
  expect(names("--network", "a,b", "--network", "c:alias=x,alias=y")).toEqual(["a", "b", "c"]);
  expect(() => specOf("--network", "a,host", "bb")).toThrow("multiple networks");
});
