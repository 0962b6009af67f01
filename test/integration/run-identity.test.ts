import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { IMAGE, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();
const run = async (options: readonly string[], ...command: string[]): Promise<string> =>
  await engine.ok(["run", "--rm", "--network", "none", ...options, IMAGE, ...command]);
const refused = async (...options: string[]): Promise<string> => {
  const { code, stderr } = await engine.run(["run", "--rm", ...options, IMAGE, "true"]);
  expect({ options, code }).toEqual({ options, code: 125 });
  return stderr;
};

describe("the environment", () => {
  const variables = async (env: Record<string, string>, ...options: string[]): Promise<string[]> =>
    (await engine.ok(["run", "--rm", "--network", "none", ...options, IMAGE, "/bin/env"], { env })).split("\n");

  test("--env-host brings the caller's variables, over the image's and below the user's", async () => {
    const found = await variables({ OF_HOST: "yes", BOTH: "host" }, "--env-host", "-e", "BOTH=given");
    expect(found).toContain("OF_HOST=yes");
    expect(found).toContain("BOTH=given");
    expect(found).toContain(`PATH=${process.env["PATH"]}`);
  });

  test("--unsetenv takes away defaults and the image's variables, not the user's; --unsetenv-all all of them", async () => {
    const some = await variables({}, "--unsetenv", "PATH", "--unsetenv", "X", "-e", "X=1");
    expect(some.some((entry) => entry.startsWith("PATH="))).toBe(false);
    expect(some).toContain("X=1");
    const none = await variables({}, "--unsetenv-all", "-e", "X=1");
    expect(none.map((entry) => entry.split("=")[0])).toEqual(["HOSTNAME", "HOME", "X"]);
  });

  test("--env-merge puts the image's values into its own", async () => {
    const found = await variables({}, "--env-merge", "PATH=/more:${PATH}", "--env-merge", "N=<${NONE}>");
    expect(found).toContain("PATH=/more:/usr/sbin:/usr/bin:/sbin:/bin");
    expect(found).toContain("N=<>");
    expect(await refused("--env-merge", "N")).toContain("--env-merge");
  });
});

describe("users", () => {
  const lastLines = ["sh", "-c", "tail -n1 /etc/passwd; tail -n1 /etc/group; echo $HOME"];

  test("a user that the image does not know gets entries in passwd and group, and the working folder as home", async () => {
    expect(await run(["-u", "4711:4712", "-w", "/tmp"], ...lastLines)).toBe(
      "4711:*:4711:4712:container user:/tmp:/bin/sh\n4712:x:4712:4711\n/tmp",
    );
    expect(await run(["-u", "4711"], "whoami")).toBe("4711");
  });

  test("the entries are of the form asked for, or left out", async () => {
    const forms = [
      "--passwd-entry",
      "me:x:$UID:$GID:$NAME:${HOME}:/bin/ash",
      "--group-entry",
      "us:x:$GID:$USERLIST,you",
    ];
    expect(await run(["-u", "4711:4712", ...forms], ...lastLines)).toBe(
      "me:x:4711:4712:container user:/:/bin/ash\nus:x:4712:4711,you\n/",
    );
    expect(await run(["-u", "4711:4712", "--passwd=false"], ...lastLines)).toBe(
      "user:x:1000:1000:user:/home/user:/bin/sh\nextra:x:2000:user\n/",
    );
  });

  test("an image's own user has its home and no further entry, in exec too", async () => {
    expect(await run(["-u", "user"], ...lastLines)).toEndWith("extra:x:2000:user\n/home/user");
    await engine.detached(["--name", "box", "--hostuser", "games"], "sleep", "1000");
    expect(await engine.ok(["exec", "-u", "user", "box", "sh", "-c", "echo $HOME"])).toBe("/home/user");
    expect(await engine.ok(["exec", "-u", "games", "box", "id", "-u"])).toBe("5");
  });

  test("--hostuser adds a user of the host, by whom the container can run", async () => {
    expect(await run(["--hostuser", "games", "-u", "games"], "id", "-un")).toBe("games");
    expect(await refused("--hostuser", "no-such-user")).toContain('"no-such-user"');
  });
});

describe("names and time", () => {
  test("host and domain name, and what /etc/hosts begins with", async () => {
    expect(
      await run(["--hostname", "h", "--domainname", "ex.org"], "sh", "-c", "hostname; cat /proc/sys/kernel/domainname"),
    ).toBe("h\nex.org");
    const base = engine.path("hosts");
    writeFileSync(base, "10.1.2.3 from-the-file");
    const hosts = await engine.ok([
      "run",
      "--rm",
      "--hosts-file",
      base,
      "--add-host",
      "b:10.1.2.4",
      "--hostname",
      "h",
      IMAGE,
      "cat",
      "/etc/hosts",
    ]);
    expect(hosts).toStartWith("10.1.2.3 from-the-file\n");
    expect(hosts).toContain("10.1.2.4\tb");
    expect(hosts).toMatch(/^(10|172)\.\S+\th /m);
    expect(await refused("--hosts-file", "/no/such/file")).toContain("--hosts-file");
  });

  test("--no-hosts, --no-hostname and --dns none leave the image's files, and a mount of the user's hides ours", async () => {
    expect(await run(["--no-hosts", "--no-hostname"], "sh", "-c", "ls /etc")).toBe("group\npasswd\nresolv.conf");
    expect(await run(["--dns", "none"], "sh", "-c", "ls /etc")).toBe("group\nhostname\nhosts\npasswd");
    const onHost = ["--network", "host", "--dns", "none"];
    expect(await engine.ok(["run", "--rm", ...onHost, IMAGE, "ls", "/etc"])).not.toContain("resolv.conf");
    expect(await refused("--no-hosts", "--add-host", "a:1.2.3.4")).toContain("--no-hosts");
    expect(await refused("--dns", "none", "--dns", "192.0.2.1")).toContain("--dns");
    expect(await refused("--dns", "nonesuch")).toContain("IP address");
    const own = engine.path("own-hosts");
    writeFileSync(own, "mine\n");
    expect(await run(["-v", `${own}:/etc/hosts`], "cat", "/etc/hosts")).toBe("mine");
  });

  test("--tz gives another zone's time, or the host's", async () => {
    expect(await run(["--tz", "Asia/Tokyo"], "date", "+%Z")).toBe("JST");
    const host = Bun.spawnSync(["date", "+%Z"], { env: {} }).stdout.toString().trim();
    expect(await run(["--tz", "local"], "date", "+%Z")).toBe(host);
    for (const zone of ["Nowhere/City", "../../../etc/passwd"]) expect(await refused("--tz", zone)).toContain("--tz");
  });
});

describe("how the command begins and ends", () => {
  test("--umask", async () => {
    expect(await run(["--umask", "0077"], "sh", "-c", "umask")).toBe("0077");
    expect(await refused("--umask", "0099")).toContain("--umask");
  });

  test("--init puts an init before the command, which reaps and passes on", async () => {
    expect(await run(["--init"], "sh", "-c", "cat /proc/1/cmdline | tr '\\0' ' '")).toBe(
      "/run/podman-init -- sh -c cat /proc/1/cmdline | tr '\\0' ' '",
    );
    expect((await engine.run(["run", "--rm", "--init", IMAGE, "sh", "-c", "exit 5"])).code).toBe(5);
    expect(await refused("--init", "--init-path", "/no/such/init")).toContain("/no/such/init");
  });

  test("--timeout kills the container", async () => {
    expect((await engine.run(["run", "--rm", "--timeout", "1", IMAGE, "sleep", "1000"])).code).toBe(255);
  });

  test("--pidfile and --conmon-pidfile name the processes", async () => {
    const [own, monitor] = [engine.path("pid"), engine.path("conmon-pid")];
    await engine.detached(["--name", "box", "--pidfile", own, "--conmon-pidfile", monitor], "sleep", "1000");
    expect(readFileSync(own, "utf8")).toBe(await engine.ok(["inspect", "--format", "{{.State.Pid}}", "box"]));
    expect(readFileSync(`/proc/${readFileSync(monitor, "utf8")}/comm`, "utf8")).toBe("conmon\n");
  });

  test("--systemd gives systemd its folders and its stop signal, by itself when the command is one", async () => {
    const mounts = await run(["--systemd", "always"], "sh", "-c", "cat /proc/mounts; echo $container_uuid");
    for (const folder of ["/run", "/run/lock", "/tmp", "/var/log/journal"])
      expect(mounts).toContain(`tmpfs ${folder} tmpfs rw`);
    expect(mounts).toMatch(/\n[0-9a-f]{32}$/);
    if (existsSync("/sys/fs/cgroup/systemd")) expect(mounts).toContain("/sys/fs/cgroup/systemd cgroup rw");
    const stopSignal = async (options: string[], command: string): Promise<string> => {
      const id = await engine.ok(["create", ...options, IMAGE, command]);
      return await engine.ok(["inspect", "--format", "{{.Config.StopSignal}}", id]);
    };
    expect(await stopSignal([], "/sbin/init")).toBe("SIGRTMIN+3");
    expect(await stopSignal(["--systemd", "false"], "/sbin/init")).toBe("SIGTERM");
    expect(await stopSignal([], "/bin/sh")).toBe("SIGTERM");
  });
});
