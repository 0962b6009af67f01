import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { IMAGE, useEngine } from "../fixtures/engine.ts";
import { seeded } from "../fixtures/kill-at-random.ts";

const estiba = useEngine();

type Inspected = {
  readonly Id: string;
  readonly Author: string;
  readonly ManifestType: string;
  readonly Config: Readonly<Record<string, unknown>>;
  readonly RootFS: { readonly Layers: readonly string[] };
  readonly History: readonly { readonly created_by?: string; readonly comment?: string; readonly author?: string }[];
};

async function inspected(name: string): Promise<Inspected> {
  const [image] = JSON.parse(await estiba.ok(["image", "inspect", name])) as Inspected[];
  if (image === undefined) throw new Error(`no image ${name}`);
  return image;
}

test("a committed container's changes, deletions, links, owners and root folder are in the image, and it runs", async () => {
  const script =
    "echo x >/a; chown 12:34 /a; chmod 4750 /a; ln /a /b; ln -s a /l; mkfifo /p; rm /etc/group; rm -r /home/user; mkdir /home/user; touch /home/user/new; chmod 711 /";
  await estiba.ok(["run", "--name", "c", "-v", "v:/data", "--tmpfs", "/scratch", IMAGE, "sh", "-c", script]);
  const id = await estiba.ok(["commit", "-q", "c", "made:1"]);
  expect((await inspected("localhost/made:1")).Id).toBe(id);
  const look =
    "stat -c '%a %u %g %h' /b; cat /l; test -p /p && echo pipe; ls -A /home/user; ls /etc/group; stat -c %a /; ls -d /data /scratch";
  const { stdout, stderr } = await estiba.run(["run", "--rm", "made:1", "sh", "-c", look]);
  expect(stdout).toBe("4750 12 34 2\nx\npipe\nnew\n711\n");
  expect(stderr).toContain("/etc/group: No such file");
  expect(stderr).toContain("/data: No such file");
  const lines = (await estiba.ok(["image", "diff", "made:1"])).split("\n");
  expect(lines).toContain("D /home/user/.keep");
  expect(lines.some((line) => line.includes("resolv.conf") || line.includes("/dev"))).toBe(false);
  await estiba.ok(["rmi", "made:1"]);
});

test("the image does by itself what the container did, and the changes asked for come on top", async () => {
  const create = ["create", "--name", "c", "-e", "A=1", "-e", "A=2", "-p", "8080:80", "-u", "12:34", "-w", "/tmp"];
  const storage = ["-v", "named:/named", "-v", "/anonymous", "-l", "k=v", "--entrypoint", "/bin/echo"];
  await estiba.ok([...create, ...storage, IMAGE, "one", "two"]);
  const plain = await inspected(await estiba.ok(["commit", "-q", "-a", "Me <me@x>", "-m", "why", "c"]));
  expect(plain.Config).toMatchObject({
    Entrypoint: ["/bin/echo"],
    Cmd: ["one", "two"],
    User: "12:34",
    WorkingDir: "/tmp",
    ExposedPorts: { "80/tcp": {} },
    Volumes: { "/anonymous": {} },
    Labels: { k: "v" },
  });
  expect(plain.Config["Env"]).toEqual(["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "A=2"]);
  expect(plain.History.at(-1)).toMatchObject({ created_by: "/bin/echo one two", comment: "why", author: "Me <me@x>" });
  expect(plain.Author).toBe("Me <me@x>");
  const config = estiba.path("config.json");
  writeFileSync(config, JSON.stringify({ User: "7", Cmd: ["three"] }));
  const changes = [
    "CMD four",
    "ENV B=3",
    "LABEL z=1",
    "EXPOSE 99/udp",
    "STOPSIGNAL SIGINT",
    "ONBUILD RUN x",
    "VOLUME /v",
  ];
  const changed = await inspected(
    await estiba.ok([
      "commit",
      "-q",
      "--config",
      config,
      "--include-volumes",
      ...changes.flatMap((c) => ["-c", c]),
      "c",
    ]),
  );
  expect(changed.Config).toMatchObject({
    Cmd: ["/bin/sh", "-c", "four"],
    User: "7",
    StopSignal: "SIGINT",
    OnBuild: ["RUN x"],
    ExposedPorts: { "80/tcp": {}, "99/udp": {} },
    Volumes: { "/anonymous": {}, "/named": {}, "/v": {} },
    Labels: { k: "v", z: "1" },
  });
  const bad = await estiba.run(["commit", "-c", "FROM x", "c"]);
  expect([bad.code, bad.stderr.includes("invalid change")]).toEqual([125, true]);
});

test("--squash makes one layer, --format docker a Docker manifest, --iidfile a file with the id", async () => {
  await estiba.ok(["run", "--name", "c", IMAGE, "sh", "-c", "echo x >/x; rm /etc/group"]);
  const file = estiba.path("iid");
  const id = await estiba.ok(["commit", "--squash", "-f", "docker", "--iidfile", file, "c", "flat"]);
  expect(readFileSync(file, "utf8")).toBe(id);
  const image = await inspected("flat");
  expect(image.RootFS.Layers.length).toBe(1);
  expect(image.ManifestType).toBe("application/vnd.docker.distribution.manifest.v2+json");
  expect(await estiba.ok(["run", "--rm", "flat", "sh", "-c", "cat /x; ls /etc"])).not.toContain("group");
});

test("a running container is committed while it works, frozen meanwhile with --pause and running after it", async () => {
  await estiba.detached(["--name", "c"], "sh", "-c", "while :; do date >/now; done");
  await estiba.ok(["commit", "-q", "c", "a:1"]);
  await estiba.ok(["commit", "-q", "--pause", "c", "a:2"]);
  expect(await estiba.ok(["inspect", "--format", "{{.State.Status}}", "c"])).toBe("running");
  expect(await estiba.ok(["run", "--rm", "a:2", "sh", "-c", "test -e /now && echo there"])).toBe("there");
});

test("a large layer is kept whole, and a container that never ran makes an empty one", async () => {
  await estiba.ok([
    "run",
    "--name",
    "big",
    IMAGE,
    "sh",
    "-c",
    "dd if=/dev/zero of=/big bs=1M count=20; echo end >>/big",
  ]);
  await estiba.ok(["commit", "-q", "big", "big:1"]);
  expect(await estiba.ok(["run", "--rm", "big:1", "sh", "-c", "wc -c </big; tail -n 1 /big | tail -c 4"])).toBe(
    "20971524\nend",
  );
  await estiba.ok(["create", "--name", "never", IMAGE]);
  const image = await inspected(await estiba.ok(["commit", "-q", "never"]));
  expect(image.RootFS.Layers.at(-1)).toBe("sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef");
  expect((await estiba.run(["commit", "nobody"])).code).toBe(125);
});

test("a container on a folder of the host has no image that could be added to", async () => {
  const rootfs = estiba.path("rootfs");
  mkdirSync(rootfs);
  await estiba.ok(["create", "--name", "bare", "--rootfs", rootfs, "/bin/true"]);
  const { code, stderr } = await estiba.run(["commit", "bare"]);
  expect([code, stderr.includes("it has a root of the host")]).toEqual([125, true]);
});

test("a commit that is killed at any moment leaves no image and nothing that cannot be mended", async () => {
  await estiba.ok(["run", "--name", "c", IMAGE, "sh", "-c", "for i in $(seq 60); do cp /bin/busybox /f$i; done"]);
  const random = seeded(7);
  let killed = 0;
  for (let round = 0; round < 8; round++) {
    const child = Bun.spawn(estiba.argv(["commit", "-q", "c", "half:1"]), { stdio: ["ignore", "ignore", "ignore"] });
    await Bun.sleep(random() * 400);
    child.kill("SIGKILL");
    await child.exited;
    if (child.exitCode !== 0) killed++;
    await estiba.ok(["rmi", "-i", "half:1"]);
    await estiba.ok(["system", "check", "--repair"]);
    await estiba.expectClean();
    expect(readdirSync(join(estiba.root, "tmp"))).toEqual([]);
  }
  expect(killed).toBeGreaterThan(0);
  await estiba.ok(["commit", "-q", "c", "half:1"]);
  expect(await estiba.ok(["run", "--rm", "half:1", "sh", "-c", "ls / | grep -c ^f"])).toBe("60");
}, 60_000);

test("a commit whose container is removed meanwhile says so, and leaves nothing", async () => {
  await estiba.ok(["run", "--name", "c", IMAGE, "sh", "-c", "dd if=/dev/urandom of=/f bs=1M count=100 2>/dev/null"]);
  const commit = estiba.run(["commit", "-q", "c", "gone:1"]);
  const begun = (): boolean => readdirSync(join(estiba.root, "tmp")).some((name) => name.startsWith("blob-"));
  while (!begun()) await Bun.sleep(5);
  await estiba.ok(["rm", "c"]);
  const { code, stderr } = await commit;
  expect([code, stderr]).toEqual([
    125,
    expect.stringContaining('no container with name or ID "c" found: it was removed meanwhile'),
  ]);
  await estiba.expectClean();
}, 30_000);

test("twins that are committed while one of them is removed do not miss what it took along", async () => {
  await estiba.ok(["run", "--name", "box", IMAGE, "sh", "-c", "echo whole > /file"]);
  for (let round = 0; round < 3; round++) {
    const brief = async (name: string): Promise<void> => {
      await estiba.ok(["commit", "-q", "box", name]);
      await estiba.ok(["rmi", name]);
    };
    await Promise.all([brief("brief:1"), estiba.ok(["commit", "-q", "box", "stays:1"]), brief("brief:2")]);
    expect(await estiba.ok(["run", "--rm", "stays:1", "cat", "/file"])).toBe("whole");
    await estiba.ok(["rmi", "stays:1"]);
  }
});

test("an image that is loaded while it is removed is there whole or not at all, and a check beside finds nothing", async () => {
  const archive = estiba.path("together.tar");
  const name = "localhost/together:1";
  await estiba.ok(["create", "--name", "box", IMAGE]);
  await estiba.ok(["commit", "-q", "-m", "together", "box", name]);
  await estiba.ok(["save", "-o", archive, name]);
  for (let round = 0; round < 3; round++) {
    const [removed, check] = await Promise.all([
      estiba.run(["rmi", name]),
      estiba.run(["system", "check"]),
      estiba.ok(["load", "-i", archive]),
      estiba.ok(["load", "-i", archive]),
    ]);
    expect(removed.stderr).toMatch(/^$|image not known/);
    expect([check.code, check.stdout, check.stderr]).toEqual([0, "", ""]);
    await estiba.ok(["load", "-i", archive]);
    expect(await estiba.ok(["run", "--rm", name, "echo", "whole"])).toBe("whole");
  }
  await estiba.ok(["rm", "box"]);
  await estiba.ok(["rmi", name]);
});
