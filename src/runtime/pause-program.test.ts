import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hostPlatform } from "../oci/platform.ts";
import { pauseProgram } from "./pause-program.ts";

test("the pause program waits until it is asked to end, and then ends with 0", async () => {
  const folder = mkdtempSync(join(tmpdir(), "estiba-pause-"));
  try {
    const path = join(folder, "pause");
    writeFileSync(path, pauseProgram(hostPlatform().architecture), { mode: 0o755 });
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
      const child = Bun.spawn([path]);
      while (!readFileSync(`/proc/${child.pid}/stat`, "utf8").includes("(pause) S")) await Bun.sleep(1);
      child.kill("SIGCHLD");
      child.kill(signal);
      expect(await child.exited).toBe(0);
      expect(child.signalCode).toBe(null);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("it is there for the architectures it was written for, and no other", () => {
  expect(pauseProgram("amd64").length).toBeLessThan(300);
  expect(pauseProgram("arm64").length).toBeLessThan(300);
  expect(() => pauseProgram("riscv64")).toThrow("no program to hold a pod's namespaces");
});
