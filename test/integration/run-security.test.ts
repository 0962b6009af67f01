import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { readProcStatus } from "../../src/host/proc-status.ts";
import { CAPABILITIES } from "../../src/oci/capability.ts";
import { IMAGE, testRuntimes, useEngine } from "../fixtures/engine.ts";

const engine = useEngine({ images: [{ name: "odd:1", files: { "proc/x": "x", "sys/y": "y" } }] });
const DEFAULT = "00000000800405fb";
const NONE = "0000000000000000";

/** The mask of the default set with one capability more or less. */
function mask(change: { add?: string; drop?: string }): string {
  const bit = (name: string | undefined): bigint =>
    name === undefined ? 0n : 1n << BigInt(CAPABILITIES.indexOf(name as (typeof CAPABILITIES)[number]));
  const value = (BigInt(`0x${DEFAULT}`) | bit(change.add)) & ~bit(change.drop);
  return value.toString(16).padStart(16, "0");
}

for (const { name: runtime, why } of testRuntimes()) {
  const title = why === undefined ? `with ${runtime}` : `with ${runtime}, skipped: ${why}`;
  describe.skipIf(why !== undefined)(title, () => {
    const run = async (...args: string[]) => await engine.ok(["--runtime", runtime, "run", "--rm", ...args]);
    const status = async (...options: string[]): Promise<Map<string, string>> => {
      const lines = (await run(...options, IMAGE, "cat", "/proc/self/status")).split("\n");
      return new Map(lines.map((line) => line.split(/:\s*/, 2) as [string, string]));
    };
    const capabilities = (fields: Map<string, string>) =>
      ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"].map((name) => fields.get(name));

    test("root has the eleven default capabilities, nothing inheritable or ambient, and a filter", async () => {
      const fields = await status();
      expect(capabilities(fields)).toEqual([NONE, DEFAULT, DEFAULT, DEFAULT, NONE]);
      expect(fields.get("Seccomp")).toBe("2");
      expect(fields.get("NoNewPrivs")).toBe("0");
    });

    test("another user has none, with the default ones as the bound", async () => {
      expect(capabilities(await status("-u", "1000"))).toEqual([NONE, NONE, NONE, DEFAULT, NONE]);
    });

    test("capabilities are added and dropped by name", async () => {
      expect((await status("--cap-add", "NET_ADMIN")).get("CapEff")).toBe(mask({ add: "CAP_NET_ADMIN" }));
      expect((await status("--cap-add", "cap_net_raw")).get("CapBnd")).toBe(mask({ add: "CAP_NET_RAW" }));
      expect((await status("--cap-drop", "CHOWN")).get("CapEff")).toBe(mask({ drop: "CAP_CHOWN" }));
      expect((await status("--cap-drop", "ALL")).get("CapEff")).toBe(NONE);
      expect((await status("--cap-drop", "ALL", "--cap-add", "KILL")).get("CapEff")).toBe("0000000000000020");
      const own = readProcStatus().capBounding.toString(16).padStart(16, "0");
      expect((await status("--cap-add", "ALL")).get("CapEff")).toBe(own);
    });

    test("a privileged container has all of ours, no filter and the host's devices", async () => {
      const fields = await status("--privileged");
      expect(fields.get("CapEff")).toBe(readProcStatus().capBounding.toString(16).padStart(16, "0"));
      expect(fields.get("Seccomp")).toBe("0");
      const devices = Number(await run("--privileged", IMAGE, "sh", "-c", "ls /dev | wc -l"));
      expect(devices).toBeGreaterThan(Number(await run(IMAGE, "sh", "-c", "ls /dev | wc -l")));
      expect(await run("--privileged", IMAGE, "sh", "-c", "[ $(wc -c </proc/interrupts) -gt 0 ] && echo open")).toBe(
        "open",
      );
    });

    test("no-new-privileges and an unconfined filter are obeyed", async () => {
      expect((await status("--security-opt", "no-new-privileges")).get("NoNewPrivs")).toBe("1");
      expect((await status("--security-opt", "seccomp=unconfined")).get("Seccomp")).toBe("0");
    });

    test("a filter of one's own replaces the default", async () => {
      const profile = engine.path(`profile-${runtime}.json`);
      writeFileSync(
        profile,
        JSON.stringify({
          defaultAction: "SCMP_ACT_ALLOW",
          syscalls: [{ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 1 }],
        }),
      );
      const script = "mkdir /new 2>&1; unshare -U true && echo free";
      expect(await run("--security-opt", `seccomp=${profile}`, IMAGE, "sh", "-c", script)).toMatch(
        /Operation not permitted\nfree$/,
      );
    });

    test("the default filter refuses new user namespaces, keys and mounts", async () => {
      const { stderr } = await engine.run([
        "--runtime",
        runtime,
        "run",
        "--rm",
        IMAGE,
        "sh",
        "-c",
        "unshare -U true; mount -t tmpfs x /mnt",
      ]);
      expect(stderr.match(/Operation not permitted|Permission denied|permission denied/gi)?.length).toBe(2);
    });

    test("masked paths show nothing, and read-only ones cannot be written", async () => {
      const script = `
        for path in /proc/kcore /proc/keys /proc/timer_list /proc/interrupts /proc/latency_stats; do
          [ -e $path ] && head -c 16 $path 2>/dev/null
        done
        for path in /proc/scsi /proc/acpi /sys/firmware /sys/dev/block; do [ -e $path ] && ls -A $path; done
        for path in /proc/sys/kernel/hostname /proc/sysrq-trigger /sys/kernel/mm/ksm/run; do
          [ -e $path ] && { echo x > $path; } 2>/dev/null && echo "wrote $path"
        done
        echo done`;
      expect(await run(IMAGE, "sh", "-c", script)).toBe("done");
    });

    test("masks are added and taken away by option", async () => {
      expect(
        await run("--security-opt", "mask=/proc/version:/etc", IMAGE, "sh", "-c", "cat /proc/version; ls -A /etc"),
      ).toBe("");
      expect(
        await run("--security-opt", "unmask=/proc/interrupts", IMAGE, "sh", "-c", "wc -c </proc/interrupts"),
      ).not.toBe("0");
      const all = await run(
        "--security-opt",
        "unmask=ALL",
        IMAGE,
        "sh",
        "-c",
        "[ $(wc -c </proc/interrupts) -gt 0 ] && echo shown",
      );
      expect(all).toBe("shown");
    });

    test("the root's /proc and /sys are the kernel's, whatever the image has there", async () => {
      expect(
        await run(
          "odd:1",
          "sh",
          "-c",
          "[ -e /proc/self ] && [ -e /sys/kernel ] && ls /proc/x /sys/y 2>/dev/null; echo fine",
        ),
      ).toBe("fine");
    });

    test("only harmless devices are there, and no other can be made", async () => {
      const names = new Set((await run(IMAGE, "ls", "/dev")).split("\n"));
      for (const name of ["null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts", "shm", "stdin", "fd"]) {
        expect(names).toContain(name);
      }
      expect(names.size).toBeLessThan(20);
      const { code } = await engine.run([
        "--runtime",
        runtime,
        "run",
        "--rm",
        IMAGE,
        "mknod",
        "/dev/disk",
        "b",
        "8",
        "0",
      ]);
      expect(code).toBe(1);
      expect(
        await run(
          "--cap-add",
          "MKNOD",
          IMAGE,
          "sh",
          "-c",
          "mknod /d b 254 0; head -c1 /d 2>&1 | grep -c 'not permitted'",
        ),
      ).toBe("1");
    });

    test("a device of the host is given by name", async () => {
      expect(
        await run("--device", "/dev/null:/dev/mine", IMAGE, "sh", "-c", "echo x >/dev/mine; stat -c %t,%T /dev/mine"),
      ).toBe("1,3");
    });
  });
}

test("processes and names of the host are out of sight", async () => {
  mkdirSync(engine.path("cwd"), { recursive: true });
  const output = await engine.ok(["run", "--rm", IMAGE, "sh", "-c", "ls /proc | grep -c '^[0-9]'; ls /sys/class/net"]);
  const [processes, ...interfaces] = output.split("\n");
  expect(Number(processes)).toBeLessThan(6);
  expect(interfaces).toEqual(["eth0", "lo"]);
});

test("bad security options are refused by name", async () => {
  for (const options of [
    ["--cap-add", "NONESUCH"],
    ["--cap-drop", "NONESUCH"],
    ["--security-opt", "nonesuch"],
    ["--security-opt", "seccomp=/nonesuch"],
    ["--device", "/dev/nonesuch"],
  ]) {
    const { code, stderr } = await engine.run(["run", "--rm", ...options, IMAGE, "true"]);
    expect({ options, code }).toEqual({ options, code: 125 });
    expect(stderr).toMatch(/nonesuch/i);
  }
});
