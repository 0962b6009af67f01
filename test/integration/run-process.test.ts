import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { IMAGE, useEngine } from "../fixtures/engine.ts";

const engine = useEngine({
  images: [
    {
      name: "env:1",
      process: {
        env: ["PATH=/bin", "FROM=image", "BOTH=image"],
        workingDir: "/home/user",
        user: "user",
        labels: { kind: "image", from: "image" },
      },
    },
  ],
});

const run = async (...args: string[]): Promise<string> => await engine.ok(["run", "--rm", ...args]);

async function refused(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await engine.run(["run", "--rm", ...args]);
  expect({ code, stdout, stderr }).toEqual({
    code: 125,
    stdout: "",
    stderr: expect.stringMatching(/^Error: /) as string,
  });
  return stderr;
}

test("the environment is ours, the image's, the files', then the options', the last of a name winning", async () => {
  const file = engine.path("env");
  writeFileSync(file, "# comment\n\nFILE=1\nBOTH=file\nCALLER\n SPACED=a b \n");
  const output = await engine.ok(
    [
      "run",
      "--rm",
      "--env-file",
      file,
      "-e",
      "OPTION=x=y",
      "-e",
      "BOTH=option",
      "-e",
      "OWN",
      "-e",
      "ABSENT",
      "env:1",
      "env",
    ],
    { env: { CALLER: "from caller", OWN: "mine" } },
  );
  const lines = new Set(output.split("\n"));
  for (const line of [
    "PATH=/bin",
    "FROM=image",
    "BOTH=option",
    "FILE=1",
    "CALLER=from caller",
    "SPACED=a b",
    "OPTION=x=y",
    "OWN=mine",
    "HOME=/home/user",
    "container=oci",
  ]) {
    expect(lines).toContain(line);
  }
  expect(output).not.toMatch(/^(ABSENT|TERM)\b/m);
  expect(output.match(/^BOTH=/gm)).toHaveLength(1);
});

test("a variable may hold quotes, unicode and a newline", async () => {
  const value = `a "b" 'c' \\ $d\n\u00e9\u4e16 \u{1f600}`;
  expect(await run("-e", `ODD=${value}`, IMAGE, "sh", "-c", 'echo "$ODD"')).toBe(value);
});

test("a bad line of an environment file is named by file and line", async () => {
  const file = engine.path("bad-env");
  writeFileSync(file, "GOOD=1\nnot good=2\n");
  expect(await refused("--env-file", file, IMAGE, "true")).toContain(`${file}:2:1`);
});

test("the working folder is the image's or the user's, made where it is missing", async () => {
  expect(await run("env:1", "pwd")).toBe("/home/user");
  expect(await run("-w", "/etc", "env:1", "pwd")).toBe("/etc");
  expect(await run("-w", "/made/on/the/way", IMAGE, "pwd")).toBe("/made/on/the/way");
  expect(await run("-w", "/tmp/../etc/./", IMAGE, "pwd")).toBe("/etc");
});

test("a working folder that leads out of the container or to a file is refused", async () => {
  for (const folder of ["/proc/self/fd/7", "/proc/1/cwd", "/proc/thread-self/root"]) {
    expect(await refused("-w", folder, IMAGE, "true")).toContain(folder);
  }
  expect(await refused("-w", "/etc/passwd", IMAGE, "true")).toContain("/etc/passwd");
  expect(await refused("-w", "relative", IMAGE, "true")).toContain("relative");
});

test("the user is a name, a number or both, with groups by the image's own files", async () => {
  const id = async (...args: string[]) =>
    await run(...args, IMAGE, "sh", "-c", "echo $(id -u) $(id -g) $(id -G) $HOME");
  expect(await id()).toBe("0 0 0 /root");
  expect(await id("-u", "user")).toBe("1000 1000 1000 2000 /home/user");
  expect(await id("-u", "1000")).toBe("1000 1000 1000 2000 /home/user");
  expect(await id("-u", "user:daemon")).toBe("1000 1 1 /home/user");
  expect(await id("-u", "1000:55")).toBe("1000 55 55 /home/user");
  expect(await id("-u", "4242:4243")).toBe("4242 4243 4243 /");
  expect(await id("-u", ":extra")).toBe("0 2000 2000 /root");
  expect(await id("--group-add", "extra", "--group-add", "77")).toBe("0 0 0 77 2000 /root");
  expect(await run("env:1", "id", "-un")).toBe("user");
});

test("an unknown user or group is refused by name", async () => {
  expect(await refused("-u", "nobodyknows", IMAGE, "true")).toContain('"nobodyknows"');
  expect(await refused("-u", "user:nogroup", IMAGE, "true")).toContain('"nogroup"');
  expect(await refused("-u", "4294967295", IMAGE, "true")).toContain("4294967295");
});

test("the host name is the option's or the id's beginning, and resolves to the container", async () => {
  expect(await run("--hostname", "box", IMAGE, "sh", "-c", "hostname; cat /etc/hostname; echo $HOSTNAME")).toBe(
    "box\nbox\nbox",
  );
  expect(await run("-h", "box", "--add-host", "peer:10.1.2.3", IMAGE, "cat", "/etc/hosts")).toMatch(
    /10\.1\.2\.3\s+peer/,
  );
  const id = await engine.detached([], "sleep", "100");
  expect(await engine.ok(["exec", id, "hostname"])).toBe(id.slice(0, 12));
  expect(await engine.ok(["exec", id, "cat", "/etc/hosts"])).toMatch(
    new RegExp(`^[0-9.]+\\s+${id.slice(0, 12)}\\b`, "m"),
  );
});

test("labels come from the image, files and options", async () => {
  const file = engine.path("labels");
  writeFileSync(file, "file=1\nfrom=file\n");
  await engine.ok(["create", "--name", "labelled", "--label-file", file, "-l", "from=option", "-l", "bare", "env:1"]);
  const labels = JSON.parse(await engine.ok(["inspect", "--format", "{{json .Config.Labels}}", "labelled"])) as unknown;
  expect(labels).toEqual({ kind: "image", from: "option", file: "1", bare: "" });
});

test("limits of the process and kernel parameters of its own are set", async () => {
  expect(await run("--ulimit", "nofile=100:200", IMAGE, "sh", "-c", "ulimit -Sn; ulimit -Hn")).toBe("100\n200");
  expect(await run("--sysctl", "net.ipv4.ip_default_ttl=33", IMAGE, "cat", "/proc/sys/net/ipv4/ip_default_ttl")).toBe(
    "33",
  );
  expect(await run("--shm-size", "16m", IMAGE, "sh", "-c", "df -k /dev/shm | tail -1 | awk '{print $2}'")).toBe(
    "16384",
  );
  expect(await run(IMAGE, "sh", "-c", "umask")).toBe("0022");
});

test("the caller's own folder, umask and variables do not reach the container", async () => {
  mkdirSync(engine.path("cwd"), { recursive: true });
  const { stdout } = await engine.run(["run", "--rm", IMAGE, "sh", "-c", "pwd; umask; env"], {
    cwd: engine.path("cwd"),
    env: { CALLER_SECRET: "xyzzy", LD_PRELOAD_NOT: "xyzzy" },
  });
  expect(stdout).toStartWith("/\n0022\n");
  expect(stdout).not.toContain("xyzzy");
});
