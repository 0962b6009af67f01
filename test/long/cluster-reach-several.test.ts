import { expect, test } from "bun:test";
import { useCluster } from "../fixtures/cluster/test-cluster.ts";
import { eventually, IMAGE } from "../fixtures/engine.ts";

const cluster = useCluster({ managers: 1, workers: 2, etcd: 0 });

/** A service `web` with a task on each node; the names of the tasks, that of this node first. */
async function tasks(command: string): Promise<[near: string, far: string, farther: string]> {
  const { first, hosts } = cluster();
  const words = ["service", "create", "-q", "--name", "web", "--replicas", "3", "--replicas-max-per-node", "1"];
  const rules = ["--stop-grace-period", "0s", "--update-monitor", "100ms", "--restart-condition", "none"];
  await first.ok([...words, ...rules, IMAGE, "sh", "-c", command]);
  const names = await Promise.all(
    hosts.map(async ({ engine }) => {
      const container = await engine.ok(["ps", "--format", "{{.Names}}"]);
      return container.split(".").slice(0, 2).join(".");
    }),
  );
  return names as [string, string, string];
}

test("the logs of tasks on several nodes, and of a container here, are one: by time, each line with whose it is", async () => {
  const said = "for n in 1 2 3; do echo line $n; sleep 0.4; done; echo last >&2; exec sleep 1000";
  const [near, far, farther] = await tasks(said);
  const { first } = cluster();
  await first.ok(["run", "-d", "--name", "box", IMAGE, "sh", "-c", "echo from the box; exec sleep 1000"]);
  const names = [near, far, farther];
  const words = ["logs", "--names", "--timestamps", ...names, "box"];
  const all = await eventually(
    async () => await first.run(words),
    ({ stderr }) => stderr.split("last").length === 4,
    30_000,
  );
  expect(all.code).toBe(0);
  const rows = all.stdout.trimEnd().split("\n");
  expect(rows).toHaveLength(10);
  const times = rows.map((row) => /^\S+ (\d{4}-[^ ]+Z) /.exec(row)?.[1] ?? "");
  expect(times.every((time) => time !== "")).toBe(true);
  expect(times).toEqual(times.toSorted());
  for (const name of names) {
    const own = rows.filter((row) => row.startsWith(`${name}.`)).map((row) => row.split("Z ")[1]);
    expect(own).toEqual(["line 1", "line 2", "line 3"]);
  }
  expect(rows.filter((row) => row.startsWith("box ")).map((row) => row.split("Z ")[1])).toEqual(["from the box"]);
  // By ids, as with Podman; only the last line of each.
  const ids = (await first.ok(["logs", "--tail", "1", far, farther])).split("\n").filter((row) => row !== "");
  for (const row of ids) expect(row).toMatch(/^[0-9a-f]{12} line 3$/);
  const unknown = await first.run(["logs", far, "web.9"]);
  expect([unknown.code, unknown.stderr]).toEqual([125, expect.stringContaining(`"web.9"`)]);
  // Followed until all of them have ended.
  const following = Bun.spawn(first.argv(["logs", "--follow", "--names", ...names]), {
    stdout: "pipe",
    stderr: "ignore",
  });
  for (const name of names) await first.ok(["exec", name, "sh", "-c", "echo more >/proc/1/fd/1"]);
  await first.ok(["service", "rm", "web"]);
  const followed = await new Response(following.stdout).text();
  expect(await following.exited).toBe(0);
  for (const name of names) expect(followed).toMatch(new RegExp(`^${name}\\.\\w+ more$`, "m"));
}, 120_000);

test("files are copied from a task to one of another node, to and from containers here, by the rules of one machine", async () => {
  const [near, far, farther] = await tasks("exec sleep 1000");
  const { first } = cluster();
  const inside = async (name: string, script: string): Promise<string> =>
    await first.ok(["exec", name, "sh", "-c", script]);
  await first.ok(["run", "-d", "--name", "box", IMAGE, "sleep", "1000"]);
  await inside(
    far,
    "mkdir -p /d/sub; head -c 5000000 /dev/urandom >/d/big; echo a >/d/sub/a; ln -s sub/a /d/link; chmod 640 /d/big; ln -s /d/big /to-big",
  );
  const sum = (await inside(far, "sha256sum </d/big")).trim();
  // A folder under its own name into one that is there, as a new name, and what is in it.
  await first.ok(["cp", `${far}:/d`, `${farther}:/tmp`]);
  await first.ok(["cp", `${far}:/d`, `${near}:/new`]);
  await first.ok(["cp", `${far}:/d/.`, "box:/root"]);
  for (const [name, folder] of [
    [farther, "/tmp/d"],
    [near, "/new"],
    ["box", "/root"],
  ] as const) {
    expect(
      (await inside(name, `sha256sum <${folder}/big; stat -c %a ${folder}/big; readlink ${folder}/link`)).split("\n"),
    ).toEqual([sum, "640", "sub/a"]);
    expect(await inside(name, `cat ${folder}/sub/a`)).toBe("a");
  }
  // A link is followed; a file gets a new name; over a file that is there; from here to there.
  await first.ok(["cp", `${far}:/to-big`, `${farther}:/tmp/file`]);
  expect(await inside(farther, "sha256sum </tmp/file")).toBe(sum);
  await first.ok(["cp", "box:/root/sub/a", `${farther}:/tmp/file`]);
  expect(await inside(farther, "cat /tmp/file")).toBe("a");
  await first.ok(["cp", `${farther}:/tmp/file`, `${farther}:/tmp/again`]);
  expect(await inside(farther, "cat /tmp/again")).toBe("a");
  for (const [from, to, why] of [
    [`${far}:/none`, `${farther}:/tmp`, '"/none" could not be found on container'],
    [`${far}:/d/big`, `${farther}:/none/x`, "could not be found"],
    [`${far}:/d`, `${farther}:/tmp/file`, "destination must be a directory"],
    [`${far}:/d`, `${far}:/d/sub`, 'cannot copy "/d" into itself'],
    [`${far}:/dev/null`, `${farther}:/tmp/null`, "is a device, a fifo or a socket"],
  ] as const) {
    const { code, stderr } = await first.run(["cp", from, to]);
    expect([from, to, code, stderr]).toEqual([from, to, 125, expect.stringContaining(why)]);
  }
}, 120_000);
