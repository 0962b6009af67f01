import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IMAGE, runCommand, useEngine } from "../fixtures/engine.ts";
import { startRegistry, type TestRegistry } from "../fixtures/registry.ts";

const engine = useEngine();
const held: { registry?: TestRegistry; folder: string } = { folder: "" };

beforeAll(async () => {
  held.registry = await startRegistry();
  held.folder = mkdtempSync(join(tmpdir(), "estiba-push-"));
});
afterAll(async () => {
  await held.registry?.[Symbol.asyncDispose]();
  rmSync(held.folder, { recursive: true, force: true });
});

const host = (): string => held.registry?.host ?? "";

async function skopeo(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCommand(["skopeo", "--insecure-policy", ...args]);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

async function inspectRemote(name: string): Promise<{ Digest: string; Layers: string[] }> {
  return JSON.parse(await skopeo("inspect", "--tls-verify=false", `docker://${host()}/${name}`)) as never;
}

async function remoteManifest(name: string): Promise<{ mediaType: string; layers: { mediaType: string }[] }> {
  return JSON.parse(await skopeo("inspect", "--raw", "--tls-verify=false", `docker://${host()}/${name}`)) as never;
}

describe("to a real registry", () => {
  test("an image arrives whole: skopeo sees the digest that is told, and a pull gives the same image", async () => {
    const file = join(held.folder, "digest");
    const { stderr } = await engine.run(["push", "--digestfile", file, IMAGE, `docker://${host()}/team/app:1`]);
    const digest = readFileSync(file, "utf8");
    expect(stderr).toContain(digest);
    expect((await inspectRemote("team/app:1")).Digest).toBe(digest);
    const id = await engine.ok(["image", "inspect", "--format", "{{.Id}}", IMAGE]);
    expect(await engine.ok(["pull", "-q", `${host()}/team/app:1`])).toBe(id.replace("sha256:", ""));
    expect(await engine.ok(["run", "--rm", `${host()}/team/app:1`, "echo", "there"])).toBe("there");
    await engine.ok(["rmi", `${host()}/team/app:1`]);
  });

  test("what the registry has is not sent again, and another repository's is mounted", async () => {
    await engine.ok(["push", "-q", IMAGE, `${host()}/team/app:1`]);
    const again = await engine.run(["push", IMAGE, `${host()}/team/app:2`]);
    expect(again.stderr).toContain("already exists");
    expect(again.stderr).not.toContain(" done");
    const other = await engine.run(["push", IMAGE, `${host()}/other/app:1`]);
    expect(other.stderr).not.toContain(" done");
    expect((await inspectRemote("other/app:1")).Digest).toBe((await inspectRemote("team/app:1")).Digest);
  });

  test("a layer that is packed for a push is not packed again for a registry that has it, and is for one that has not", async () => {
    const folder = join(held.folder, "large");
    mkdirSync(folder);
    writeFileSync(join(folder, "Containerfile"), "FROM scratch\nCOPY noise /noise\n");
    const noise = Array.from({ length: 400 }, () => crypto.getRandomValues(new Uint8Array(65_536)));
    writeFileSync(join(folder, "noise"), Buffer.concat(noise));
    await engine.ok(["build", "-q", "-t", "large:1", folder]);
    const blobs = join(engine.root, "blobs/sha256");
    const before = readdirSync(blobs).toSorted();
    await engine.ok(["push", "-q", "large:1", `${host()}/large:1`]);
    expect(readdirSync(blobs).toSorted()).toEqual(before);
    const digest = (await inspectRemote("large:1")).Digest;
    // Whoever packs it now does not find it.
    const [layer = ""] = before.filter((name) => statSync(join(blobs, name)).size > 20_000_000);
    const aside = join(held.folder, "aside");
    renameSync(join(blobs, layer), aside);
    const again = await engine.run(["push", "large:1", `${host()}/other/large:1`]);
    renameSync(aside, join(blobs, layer));
    expect([again.code, again.stderr]).toEqual([0, expect.stringContaining("already exists")]);
    expect((await inspectRemote("other/large:1")).Digest).toBe(digest);
    await using another = await startRegistry();
    await engine.ok(["push", "-q", "large:1", `${another.host}/large:1`]);
    await engine.ok(["rmi", "large:1"]);
    await engine.ok(["pull", "-q", `${another.host}/large:1`]);
    expect(await engine.ok(["image", "inspect", "--format", "{{.Digest}}", `${another.host}/large:1`])).toBe(digest);
    await engine.ok(["rmi", `${another.host}/large:1`]);
    await engine.expectClean();
  });

  test("a layer that the disk has changed is told as such while it is packed, and no name stands for it", async () => {
    const folder = join(held.folder, "damaged");
    mkdirSync(folder);
    writeFileSync(join(folder, "Containerfile"), "FROM scratch\nCOPY noise /noise\n");
    const noise = Array.from({ length: 160 }, () => crypto.getRandomValues(new Uint8Array(65_536)));
    writeFileSync(join(folder, "noise"), Buffer.concat(noise));
    const blobs = join(engine.root, "blobs/sha256");
    const before = new Set(readdirSync(blobs));
    await engine.ok(["build", "-q", "-t", "damaged:1", folder]);
    const made = readdirSync(blobs).filter((name) => !before.has(name));
    const layer = made.find((name) => statSync(join(blobs, name)).size > 10_000_000) ?? "";
    const bytes = readFileSync(join(blobs, layer));
    bytes.writeUInt8(bytes.readUInt8(9_000_000) ^ 1, 9_000_000);
    writeFileSync(join(blobs, layer), bytes);
    const { code, stderr } = await engine.run(["push", "-q", "damaged:1", `${host()}/damaged:1`]);
    expect([code, stderr]).toEqual([125, expect.stringContaining(`sha256:${layer} was changed on disk`)]);
    expect((await fetch(`http://${host()}/v2/damaged/manifests/1`)).status).toBe(404);
    await engine.ok(["rmi", "damaged:1"]);
    await engine.ok(["builder", "prune", "--all", "--force"]);
    await engine.expectClean();
  });

  test("a manifest can be pushed in Docker's format, and layers packed by zstd in OCI's only", async () => {
    await engine.ok(["push", "-q", "--format", "v2s2", IMAGE, `${host()}/docker:1`]);
    const docker = await remoteManifest("docker:1");
    expect(docker.mediaType).toBe("application/vnd.docker.distribution.manifest.v2+json");
    expect(docker.layers[0]?.mediaType).toBe("application/vnd.docker.image.rootfs.diff.tar.gzip");
    const zstd = ["--compression-format", "zstd", "--force-compression"];
    await engine.ok(["push", "-q", ...zstd, IMAGE, `${host()}/zstd:1`]);
    expect((await remoteManifest("zstd:1")).layers[0]?.mediaType).toEndWith("tar+zstd");
    const id = await engine.ok(["images", "-q", "--no-trunc", IMAGE]);
    expect(`sha256:${await engine.ok(["pull", "-q", `${host()}/zstd:1`])}`).toBe(id);
    await engine.ok(["rmi", `${host()}/zstd:1`]);
    const { code, stderr } = await engine.run(["push", ...zstd, "--format", "v2s2", IMAGE, `${host()}/no:1`]);
    expect([code, stderr]).toEqual([125, expect.stringContaining("no layers that are packed by zstd")]);
    expect(await engine.ok(["system", "check"])).toBe("");
  });

  test("--all-tags pushes every tag of the repository, or pulls them", async () => {
    await engine.ok(["tag", IMAGE, `${host()}/tags:a`, `${host()}/tags:b`]);
    await engine.ok(["push", "-q", "--all-tags", `${host()}/tags`]);
    const tags = JSON.parse(await skopeo("list-tags", "--tls-verify=false", `docker://${host()}/tags`)) as {
      Tags: string[];
    };
    expect(tags.Tags.toSorted()).toEqual(["a", "b"]);
    await engine.ok(["rmi", `${host()}/tags:a`, `${host()}/tags:b`]);
    expect((await engine.ok(["pull", "-q", "--all-tags", `${host()}/tags`])).split("\n")).toHaveLength(2);
    await engine.ok(["rmi", `${host()}/tags:a`, `${host()}/tags:b`]);
  });

  test("what was named without a registry goes to Docker Hub, as with both peers, though it is stored under localhost/", async () => {
    const conf = join(held.folder, "blocked.conf");
    writeFileSync(conf, '[[registry]]\nlocation = "docker.io"\nblocked = true\n');
    const env = { CONTAINERS_REGISTRIES_CONF: conf };
    await engine.ok(["tag", IMAGE, "user/app:1"]);
    for (const argv of [["user/app:1"], ["--all-tags", "user/app"]]) {
      const { code, stderr } = await engine.run(["push", ...argv], { env });
      expect([code, stderr]).toEqual([125, expect.stringContaining("docker.io is blocked")]);
    }
    await engine.ok(["rmi", "user/app:1"]);
  });

  test("build --push sends the result to its names; for several platforms as one list, each time anew", async () => {
    const folder = join(held.folder, "built");
    mkdirSync(folder);
    writeFileSync(join(folder, "Dockerfile"), "FROM scratch\nARG TARGETARCH\nLABEL for=$TARGETARCH\nCOPY f /f\n");
    const build = async (text: string, ...options: string[]): Promise<string> => {
      writeFileSync(join(folder, "f"), text);
      return await engine.ok(["buildx", "build", "-q", "--provenance=false", "--sbom=false", ...options, folder]);
    };
    const [one, two, three] = ["one:1", "two:1", "three:1"].map((name) => `${host()}/built/${name}`);
    const id = await build("a", "--push", "-t", String(one), "-t", String(two));
    await build("a", "--output", `type=image,push=true,name=${three}`);
    for (const name of [one, two, three]) {
      await engine.ok(["rmi", "-f", String(name)]);
      expect(await engine.ok(["pull", "-q", String(name)])).toBe(id);
    }
    const several = `${host()}/built/several:1`;
    for (const text of ["a", "b"]) await build(text, "--platform", "linux/amd64,linux/arm64", "--push", "-t", several);
    const list = JSON.parse(await skopeo("inspect", "--raw", "--tls-verify=false", `docker://${several}`)) as {
      manifests: { platform: { architecture: string } }[];
    };
    expect(list.manifests.map(({ platform }) => platform.architecture)).toEqual(["amd64", "arm64"]);
    const nameless = await engine.run(["build", "--push", folder]);
    expect([nameless.code, nameless.stderr]).toEqual([125, expect.stringContaining("cannot be pushed without a name")]);
    await engine.ok(["manifest", "rm", several]);
    await engine.ok(["rmi", "-f", String(one), String(two), String(three)]);
  });

  test("a push without a destination, or to nobody, is one error that says what to do", async () => {
    const id = await engine.ok(["images", "-q", IMAGE]);
    for (const [argv, text] of [
      [["push", id], "no name that says where to push it"],
      [["push", IMAGE, "app:1"], "names no registry"],
      [["push", "nothere:1", `${host()}/x:1`], "image not known"],
      [["push", IMAGE, "127.0.0.1:1/x:1"], "connection refused"],
    ] as const) {
      const { code, stderr } = await engine.run([...argv]);
      expect([argv, code, stderr.includes(text)]).toEqual([argv, 125, true]);
    }
  });
});

describe("a registry with a password", () => {
  test("login is tried before it is kept, push and pull use it, logout forgets it", async () => {
    await using locked = await startRegistry({ users: { ann: "secret: word" } });
    const authfile = join(held.folder, "auth.json");
    const options = ["--authfile", authfile];
    const wrong = await engine.run(["login", ...options, "-u", "ann", "--password-stdin", locked.host], {
      stdin: "no",
    });
    expect([wrong.code, wrong.stderr]).toEqual([125, expect.stringContaining("does not accept this user name")]);
    const push = ["push", "-q", ...options, IMAGE, `${locked.host}/app:1`];
    const login = ["login", ...options, "-u", "ann", "--password-stdin", locked.host];
    expect(await engine.ok(login, { stdin: "secret: word\n" })).toBe("Login Succeeded!");
    expect(await engine.ok(["login", ...options, "--get-login", locked.host])).toBe("ann");
    await engine.ok(push);
    await engine.ok(["pull", "-q", ...options, `${locked.host}/app:1`]);
    await engine.ok(["rmi", `${locked.host}/app:1`]);
    await skopeo("inspect", "--authfile", authfile, "--tls-verify=false", `docker://${locked.host}/app:1`);
    expect(await engine.ok(["logout", ...options, locked.host])).toBe(`Removed login credentials for ${locked.host}`);
    const { code, stderr } = await engine.run(push);
    expect([code, stderr]).toEqual([125, expect.stringContaining("wants a login to push to app")]);
    expect(stderr).toContain(`estiba login ${locked.host}`);
    await engine.ok(["secret", "create", "registry", "-"], { stdin: "secret: word\n" });
    const bySecret = ["login", ...options, "--secret", "registry", locked.host];
    const nobody = await engine.run(bySecret);
    expect([nobody.code, nobody.stderr]).toEqual([125, expect.stringContaining("--secret needs --username")]);
    expect(await engine.ok([...bySecret.slice(0, -1), "-u", "ann", locked.host])).toBe("Login Succeeded!");
    await engine.ok(["secret", "rm", "registry"]);
  });
});
