import { expect, test } from "bun:test";
import { recordOf, specOf } from "../../test/fixtures/record.ts";

test("entrypoint and command combine as Docker has it", () => {
  const image = { entrypoint: ["/entry"], cmd: ["default"] };
  const cases: [string[], string[]][] = [
    [["bb"], ["/entry", "default"]],
    [
      ["bb", "own", "words"],
      ["/entry", "own", "words"],
    ],
    [["--entrypoint", "/other", "bb"], ["/other"]],
    [
      ["--entrypoint", "/other", "bb", "own"],
      ["/other", "own"],
    ],
    [["--entrypoint", "", "bb", "own"], ["own"]],
    [
      ["--entrypoint", '["/a","b"]', "bb", "c"],
      ["/a", "b", "c"],
    ],
  ];
  for (const [argv, args] of cases) expect([argv, recordOf(specOf(...argv), image).process.args]).toEqual([argv, args]);
});

test("exposed ports are each one's own, whoever named them and how", () => {
  const image = { exposedPorts: ["80/tcp", "90/tcp"] };
  const argv = ["--expose", "90-91", "--expose", "80", "--expose", "7-8/udp", "bb"];
  expect(recordOf(specOf(...argv), image).exposed).toEqual(["80/tcp", "90/tcp", "91/tcp", "7/udp", "8/udp"]);
});

test("no command at all is refused", () => {
  expect(() => recordOf(specOf("bb"), { cmd: [] })).toThrow("no command or entrypoint");
  expect(() => recordOf(specOf("--entrypoint", "", "bb"), { cmd: ["sh"] })).toThrow("no command or entrypoint");
});

test("the user's word counts more than the image's", () => {
  const image = {
    env: ["A=1", "B=2"],
    user: "nobody",
    workingDir: "/srv",
    stopSignal: "SIGQUIT",
    labels: { x: "1", y: "1" },
  };
  const plain = recordOf(specOf("bb"), image);
  expect(plain.process).toMatchObject({ user: "nobody", cwd: "/srv", stopSignal: "SIGQUIT", env: ["A=1", "B=2"] });
  const own = recordOf(specOf("-u", "7", "-w", "/w", "--stop-signal", "INT", "-e", "B=3", "-l", "y=2", "bb"), image);
  expect(own.process).toMatchObject({ user: "7", cwd: "/w", stopSignal: "INT", env: ["A=1", "B=2", "B=3"] });
  expect(own.labels).toEqual({ x: "1", y: "2" });
});

test("volumes of the image are anonymous unless something is mounted there", () => {
  const record = recordOf(specOf("-v", "data:/data", "-v", "/cache", "bb"), { volumes: ["/data/", "/var/lib/x"] });
  expect(record.volumes).toEqual([
    { name: "data", target: "/data", anonymous: false },
    { name: "volume1", target: "/cache", anonymous: true },
    { name: "volume2", target: "/var/lib/x", anonymous: true },
  ]);
});

test("paths are absolute and cannot climb above the root", () => {
  expect(recordOf(specOf("-v", "data:/../../etc/../data", "bb")).volumes[0]?.target).toBe("/data");
  expect(() => recordOf(specOf("-v", "data:relative", "bb"))).toThrow("not an absolute path");
  expect(() => recordOf(specOf("-v", "data:/x/..", "bb"))).toThrow('cannot be "/"');
  expect(() => recordOf(specOf("-w", "relative", "bb"))).toThrow("not an absolute path");
  expect(() => recordOf(specOf("-v", "a:/x", "--tmpfs", "/x/", "bb"))).toThrow("duplicate mount destination");
});

test("names are letters, digits, dots, dashes and underscores", () => {
  for (const name of ["a b", "-x", "é", "x/y", ""])
    expect(() => recordOf({ ...specOf("bb"), name })).toThrow("invalid container name");
  expect(recordOf(specOf("--name", "web-1.x_y", "bb")).name).toBe("web-1.x_y");
});

test("the host name is the id's beginning, the user's, or the host's on its network", () => {
  expect(recordOf(specOf("bb")).hostname).toBe("aaaaaaaaaaaa");
  expect(recordOf(specOf("-h", "web", "bb")).hostname).toBe("web");
  expect(recordOf(specOf("--network", "host", "bb")).hostname).toBe("host");
});

test("what a runtime or the kernel would choke on is refused by name", () => {
  const words = Array.from({ length: 10_001 }, (_, index) => `A${index}=x`);
  expect(() => recordOf(specOf("bb"), { env: words })).toThrow(
    "10001 environment variables (10001 of them the image's)",
  );
  expect(recordOf(specOf("--unsetenv-all", "bb"), { env: words }).process.env).toEqual([]);
  expect(() => recordOf(specOf("-w", "/x".repeat(256), "bb"))).toThrow("too long: it may have 255 folders");
  expect(recordOf(specOf("-w", "/x".repeat(255), "bb")).process.cwd).toBe("/x".repeat(255));
  expect(() => recordOf(specOf("-v", `data:/${"x".repeat(3_000)}`, "bb"))).toThrow("too long");
});
