import { expect, test } from "bun:test";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { IMAGE, useEngine } from "../fixtures/engine.ts";
import { startRegistry } from "../fixtures/registry.ts";

const engine = useEngine();

/** A folder with busybox in it. */
function makeRoot(name: string): string {
  const root = engine.path(name);
  for (const folder of ["bin", "etc", "tmp"]) mkdirSync(join(root, folder), { recursive: true });
  cpSync("/bin/busybox", join(root, "bin/sh"));
  return root;
}

test("--rootfs runs in a folder of the host, and what is written is written there", async () => {
  const root = makeRoot("plain");
  const words = ["run", "--rm", "--rootfs", root, "/bin/sh", "-c", "echo here >/tmp/file; echo $0 up"];
  expect(await engine.ok(words)).toBe("/bin/sh up");
  expect(readFileSync(join(root, "tmp/file"), "utf8")).toBe("here\n");
  const id = await engine.ok(["run", "-d", "--name", "box", "--rootfs", root, "/bin/sh", "-c", "sleep 1000"]);
  expect(await engine.ok(["inspect", "--format", "{{.Id}} {{.Rootfs}}", "box"])).toBe(`${id} ${root}`);
  expect(await engine.ok(["exec", "box", "/bin/sh", "-c", "read x </tmp/file; echo $x"])).toBe("here");
  await engine.ok(["stop", "-t", "0", "box"]);
  // Into a container that does not run, too.
  const file = engine.path("sent");
  writeFileSync(file, "sent\n");
  await engine.ok(["cp", file, "box:/tmp/sent"]);
  expect(readFileSync(join(root, "tmp/sent"), "utf8")).toBe("sent\n");
  await engine.ok(["start", "box"]);
});

test("--rootfs PATH:O leaves the folder as it is", async () => {
  const root = makeRoot("lower");
  const script = "echo here >/tmp/file; read x </tmp/file; echo $x";
  expect(await engine.ok(["run", "--rm", "--rootfs", `${root}:O`, "/bin/sh", "-c", script])).toBe("here");
  expect(await Bun.file(join(root, "tmp/file")).exists()).toBe(false);
});

test("a root that is no folder, has no command or unknown options is refused", async () => {
  const root = makeRoot("refused");
  for (const args of [["/no/such/folder", "true"], [root], [`${root}:X`, "true"]]) {
    expect((await engine.run(["run", "--rm", "--rootfs", ...args])).code).toBe(125);
  }
});

test("an image for another platform counts as missing", async () => {
  const host = process.arch === "x64" ? "amd64" : "arm64";
  const other = host === "amd64" ? "arm64" : "amd64";
  expect(await engine.ok(["run", "--rm", "--platform", `linux/${host}`, IMAGE, "echo", "right"])).toBe("right");
  expect(await engine.ok(["run", "--rm", "--arch", host, IMAGE, "echo", "right"])).toBe("right");
  const { code, stderr } = await engine.run(["run", "--rm", "--pull", "never", "--arch", other, IMAGE, "true"]);
  expect(code).toBe(125);
  expect(stderr).toContain(`linux/${other}`);
  expect((await engine.run(["run", "--rm", "--platform", "linux/x", "--os", "linux", IMAGE])).code).toBe(125);
});

test("run and create give the login to the pull", async () => {
  await using registry = await startRegistry({ users: { me: "secret" } });
  const image = engine.images.get(IMAGE);
  await registry.push(`oci:${image?.layout}:${IMAGE}`, "app:1");
  const name = `${registry.host}/app:1`;
  const denied = await engine.run(["run", "--rm", "-q", name, "true"]);
  expect(denied.code).toBe(125);
  const wrong = await engine.run(["create", "-q", "--creds", "me:wrong", name, "true"]);
  expect(wrong.code).toBe(125);
  expect(wrong.stderr).not.toContain("wrong");
  const options = ["--creds", "me:secret", "--tls-verify=false", "--pull", "always"];
  expect(await engine.ok(["run", "--rm", "-q", ...options, name, "echo", "in"])).toBe("in");
  const file = engine.path("auth.json");
  const auth = Buffer.from("me:secret").toString("base64");
  writeFileSync(file, JSON.stringify({ auths: { [registry.host]: { auth } } }));
  expect(await engine.ok(["run", "--rm", "-q", "--authfile", file, "--pull", "always", name, "echo", "in"])).toBe("in");
  await engine.ok(["rmi", name]);
});

test("what cannot work here is refused by name", async () => {
  const options = [
    ["--chrootdirs=/x", "--cpu-count=1", "--cpu-percent=1", "--decryption-key=k", "--io-maxbandwidth=1"],
    ["--io-maxiops=1", "--isolation=process", "--link=a:b", "--link-local-ip=169.254.1.1", "--personality=LINUX32"],
    ["--use-api-socket", "--disable-content-trust=false"],
    ["--seccomp-policy=image", "--volume-driver=nfs", "--annotation=run.oci.seccomp=x", "--group-add=keep-groups"],
    ["--sdnotify=healthy", "--storage-opt=size=1g", "--attach=stdout"],
  ].flat();
  for (const option of options) {
    const { code, stderr } = await engine.run(["create", option, IMAGE, "true"]);
    expect({ option, code }).toEqual({ option, code: 125 });
    expect(stderr).toContain(option.split("=")[0] ?? "");
  }
  expect(await engine.ok(["create", "--volume-driver=local", "--disable-content-trust", IMAGE, "true"])).toMatch(
    /^\w{64}$/,
  );
});
