import { expect, test } from "bun:test";
import { runtimeFailure } from "./failure.ts";

// What crun 1.8.1 and runc 1.1.5 really print.
const NOT_FOUND = [
  "executable file `nope` not found in $PATH: No such file or directory",
  "executable file `/bin/nope` not found: No such file or directory",
  `runc create failed: unable to start container process: exec: "nope": executable file not found in $PATH`,
  `{"level":"error","msg":"runc create failed: unable to start container process: exec: \\"/bin/nope\\": stat /bin/nope: no such file or directory","time":"2026-01-01T00:00:00Z"}`,
  `{"msg":"exec failed: executable file \`nope\` not found in $PATH: No such file or directory","level":"error"}`,
];
const NOT_EXECUTABLE = [
  "open executable: Permission denied",
  "open executable: Operation not permitted",
  "open executable: Operation not permitted",
  "exec: Permission denied",
  `runc create failed: unable to start container process: exec: "/etc/passwd": permission denied`,
  `runc create failed: unable to start container process: exec: "/etc": is a directory`,
  "exec /script: Exec format error",
];

test("a command that is not there is told from one that cannot run", () => {
  for (const text of NOT_FOUND)
    expect([text, runtimeFailure(text, { id: "x" }).reason]).toEqual([text, "runtime.command_not_found"]);
  for (const text of NOT_EXECUTABLE) {
    expect([text, runtimeFailure(text, { id: "x" }).reason]).toEqual([text, "runtime.command_not_executable"]);
  }
});

test("a working folder that cannot be entered is not taken for the command", () => {
  for (const text of [
    "chdir `/nonesuch`: No such file or directory",
    'exec failed: unable to start container process: chdir to cwd ("/x") set in config.json failed: no such file or directory',
  ]) {
    expect([text, runtimeFailure(text, { id: "x" }).reason]).toEqual([text, "runtime.no_workdir"]);
  }
});

test("the message names the command that was asked for, whatever the runtime calls it", () => {
  const error = runtimeFailure("open executable: Permission denied", { id: "x", command: "/etc/passwd" });
  expect(error.message).toBe('"/etc/passwd" cannot be executed in the container');
});

test("anything else is the runtime's own failure, its words kept", () => {
  const error = runtimeFailure("2026-01-01T00:00:00.0Z: cannot mount `proc`: Device or resource busy", { id: "x" });
  expect(error.reason).toBe("runtime.failed");
  expect(String(error.cause)).toContain("cannot mount `proc`: Device or resource busy");
});

test("a limit that is too low for the runtime itself is named", () => {
  const text = "OOM: the memory limit could be too low: read from sync socket: Connection reset by peer";
  expect(runtimeFailure(text, { id: "x" }).reason).toBe("runtime.memory_too_low");
});

test("a container that was paused meanwhile is told of as such", () => {
  for (const text of [
    "the container `299c186ee4ff` is paused",
    `time="2026-01-01T00:00:00Z" level=error msg="exec failed: cannot exec in a paused container (use --ignore-paused to override)"`,
  ])
    expect([text, runtimeFailure(text, { id: "x" }).reason]).toEqual([text, "container.paused"]);
});
