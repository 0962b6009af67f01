import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { IMAGE, testRuntimes, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();

/** Writes a CDI file and gives its folder. */
function cdiFolder(name: string, document: object): string {
  const folder = engine.path(name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/device.json`, JSON.stringify({ cdiVersion: "0.5.0", ...document }));
  return folder;
}

for (const { name: runtime, why } of testRuntimes()) {
  const title = why === undefined ? `with ${runtime}` : `with ${runtime}, skipped: ${why}`;
  describe.skipIf(why !== undefined)(title, () => {
    const run = async (options: readonly string[], script: string) =>
      await engine.run(["--runtime", runtime, "run", "--rm", ...options, IMAGE, "sh", "-c", script]);

    test("a device is given at its own place, at another, and with some rights only", async () => {
      expect((await run(["--device", "/dev/loop-control"], "stat -c %t,%T /dev/loop-control")).stdout).toBe("a,ed\n");
      expect((await run(["--device", "/dev/null:/dev/sub/mine:r"], "stat -c %t,%T /dev/sub/mine")).stdout).toBe(
        "1,3\n",
      );
      const readOnly = await run(
        ["--device", "/dev/kmsg:/dev/log0:r"],
        "{ echo x >/dev/log0; } 2>&1; head -c 1 /dev/log0 >/dev/null && echo read",
      );
      expect(readOnly.stdout).toMatch(/Operation not permitted|Permission denied/);
    });

    test("a folder of devices is given with all that is in it", async () => {
      const { stdout } = await run(["--device", "/dev/net:/dev/mine"], "ls /dev/mine; stat -c %t,%T /dev/mine/tun");
      expect(stdout).toBe("tun\na,c8\n");
    });

    test("devices are allowed by number, and can then be made", async () => {
      const make = "mknod /control c 10 237 && : </control && echo opened";
      expect((await run(["--cap-add", "MKNOD"], make)).stdout).not.toContain("opened");
      expect((await run(["--cap-add", "MKNOD", "--device-cgroup-rule", "c 10:* rwm"], make)).stdout).toContain(
        "opened",
      );
    });

    test("a privileged container has the devices of the host, with those given by hand in their places", async () => {
      const { stdout } = await run(
        ["--privileged", "--device", "/dev/null:/dev/mine"],
        "ls /dev/loop-control /dev/mine",
      );
      expect(stdout).toBe("/dev/loop-control\n/dev/mine\n");
    });

    test("a CDI file brings nodes, variables and mounts", async () => {
      const brought = engine.path(`brought-${runtime}`);
      writeFileSync(brought, "of the vendor");
      const folder = cdiFolder(`cdi-${runtime}`, {
        kind: "vendor.com/dev",
        devices: [
          {
            name: "one",
            containerEdits: {
              deviceNodes: [{ path: "/dev/vendor0", hostPath: "/dev/null" }],
              env: ["VENDOR=one"],
              mounts: [{ hostPath: brought, containerPath: "/opt/vendor", options: ["ro", "bind"] }],
            },
          },
        ],
        containerEdits: { env: ["EVERY=1"] },
      });
      const { stdout, stderr } = await run(
        ["--cdi-spec-dir", folder, "--device", "vendor.com/dev=one"],
        "stat -c %t,%T /dev/vendor0; echo $VENDOR $EVERY; cat /opt/vendor; echo x >/dev/vendor0 && echo wrote",
      );
      expect({ stdout, stderr }).toEqual({ stdout: "1,3\none 1\nof the vendorwrote\n", stderr: "" });
    });

    test("GPUs come by the CDI file of their driver", async () => {
      const folder = cdiFolder(`gpu-${runtime}`, {
        kind: "nvidia.com/gpu",
        devices: ["0", "1", "all"].map((name) => ({ name, containerEdits: { env: [`GPU_${name}=yes`] } })),
      });
      const gpus = async (which: string) =>
        (await run(["--cdi-spec-dir", folder, "--gpus", which], "env | grep GPU_ | sort")).stdout;
      expect(await gpus("all")).toBe("GPU_all=yes\n");
      expect(await gpus("0,1")).toBe("GPU_0=yes\nGPU_1=yes\n");
      expect(await gpus('"device=1"')).toBe("GPU_1=yes\n");
    });
  });
}

test("devices that are not there are refused by name", async () => {
  const empty = engine.path("no-cdi");
  mkdirSync(empty, { recursive: true });
  for (const [options, words] of [
    [["--device", "/dev/nonesuch"], "/dev/nonesuch"],
    [["--device", "/etc/passwd"], "/etc/passwd"],
    [["--device", "/dev/null:/dev/x:q"], "--device"],
    [["--device-cgroup-rule", "c 1 rwm"], "--device-cgroup-rule"],
    [["--device", "vendor.com/dev=nonesuch", "--cdi-spec-dir", empty], "vendor.com/dev=nonesuch"],
    [["--gpus", "all", "--cdi-spec-dir", empty], "nvidia.com/gpu=all"],
    [["--cdi-spec-dir", "relative"], "--cdi-spec-dir"],
  ] as const) {
    const { code, stderr } = await engine.run(["run", "--rm", ...options, IMAGE, "true"]);
    expect({ options, code }).toEqual({ options, code: 125 });
    expect(stderr).toContain(words);
  }
});
