import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hostPlatform } from "../../src/oci/platform.ts";
import { IMAGE, runCommand, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();
const held = { folder: "", count: 0 };

beforeAll(() => {
  held.folder = mkdtempSync(join(tmpdir(), "estiba-build-options-"));
});
afterAll(() => rmSync(held.folder, { recursive: true, force: true }));

function context(...lines: string[]): string {
  const folder = join(held.folder, `context-${++held.count}`);
  mkdirSync(folder);
  writeFileSync(join(folder, "Containerfile"), `${lines.join("\n")}\n`);
  writeFileSync(join(folder, "f"), "file\n");
  return folder;
}

async function build(folder: string, ...options: string[]): Promise<string> {
  return await engine.ok(["build", "-q", ...options, folder]);
}

async function stored<T>(digest: string): Promise<T> {
  return (await Bun.file(join(engine.root, "blobs/sha256", digest.replace("sha256:", ""))).json()) as T;
}

type Config = {
  config: { Env: string[]; Labels?: object };
  rootfs: { diff_ids: string[] };
  history?: object[];
  architecture: string;
};

test("--output writes the files to a folder or an archive, and the image as an archive", async () => {
  const folder = context("FROM scratch", "COPY f /d/f");
  const out = join(held.folder, "out");
  await build(folder, "-o", out);
  expect(readFileSync(join(out, "d/f"), "utf8")).toBe("file\n");
  await build(folder, "--output", `type=tar,dest=${held.folder}/out.tar`);
  expect((await runCommand(["tar", "-tf", join(held.folder, "out.tar")])).stdout).toContain("d/f\n");
  const { bytes } = await engine.run(["build", "-q", "-o", "-", folder]);
  writeFileSync(join(held.folder, "stdout.tar"), bytes);
  expect((await runCommand(["tar", "-tf", join(held.folder, "stdout.tar")])).stdout).toContain("d/f\n");
  for (const type of ["oci", "docker"]) {
    const archive = join(held.folder, `${type}.tar`);
    await build(folder, "-t", "out:1", "-o", `type=${type},dest=${archive}`);
    await engine.ok(["rmi", "out:1"]);
    expect(await engine.ok(["load", "-i", archive])).toContain("localhost/out:1");
  }
  expect((await engine.run(["build", "-o", "type=what", folder])).stderr).toContain("type=local|tar|oci|docker|image");
});

test("--metadata-file and --iidfile tell what was made; --annotation is of the manifest; --logfile has what is said", async () => {
  const folder = context(`FROM ${IMAGE}`, "COPY f /f");
  const [metadata, iid, log] = ["metadata", "iid", "log"].map((name) => join(held.folder, name)) as [
    string,
    string,
    string,
  ];
  const options = [
    "--metadata-file",
    metadata,
    "--iidfile",
    iid,
    "--logfile",
    log,
    "--annotation",
    "a.b=c",
    "-t",
    "meta:1",
  ];
  const { stdout, stderr } = await engine.run(["build", ...options, folder]);
  const id = stdout.trim();
  expect([stderr, readFileSync(iid, "utf8")]).toEqual(["", `sha256:${id}`]);
  expect(readFileSync(log, "utf8")).toContain("STEP 2/2: COPY f /f");
  const told = JSON.parse(readFileSync(metadata, "utf8")) as Record<string, string>;
  expect(told).toMatchObject({ "containerimage.config.digest": `sha256:${id}`, "image.name": "localhost/meta:1" });
  const manifest = await stored<{ annotations: object; config: { digest: string } }>(
    told["containerimage.digest"] ?? "",
  );
  expect(manifest).toMatchObject({ annotations: { "a.b": "c" }, config: { digest: `sha256:${id}` } });
  await engine.ok(["rmi", "meta:1"]);
});

test("--format chooses Docker's kind of manifest or OCI's; both keep HEALTHCHECK, ONBUILD and SHELL", async () => {
  const own = ["HEALTHCHECK CMD true", "ONBUILD RUN true", 'SHELL ["/bin/ash", "-c"]'];
  const folder = context(`FROM ${IMAGE}`, "COPY f /f", ...own);
  const show = "{{.ManifestType}} {{.Config.OnBuild}}";
  for (const [options, type] of [
    [["--format", "docker"], "application/vnd.docker.distribution.manifest.v2+json"],
    [["--format", "oci"], "application/vnd.oci.image.manifest.v1+json"],
    [[], "application/vnd.oci.image.manifest.v1+json"],
  ] as const) {
    const id = await build(folder, ...options);
    expect(await engine.ok(["image", "inspect", "--format", show, id])).toBe(`${type} [RUN true]`);
    expect((await stored<{ config: object }>(id)).config).toMatchObject({
      Healthcheck: { Test: ["CMD-SHELL", "true"] },
      OnBuild: ["RUN true"],
      Shell: ["/bin/ash", "-c"],
    });
    expect(await engine.ok(["run", "--rm", id, "cat", "/f"])).toBe("file");
  }
});

test("--squash-all makes one layer that runs as before; --omit-history leaves none", async () => {
  const folder = context(`FROM ${IMAGE}`, "RUN echo one > /o; rm /etc/group", "COPY f /f");
  const id = await build(folder, "--squash-all");
  expect((await stored<Config>(id)).rootfs.diff_ids).toHaveLength(1);
  expect(await engine.ok(["run", "--rm", id, "sh", "-c", "cat /o /f; test ! -e /etc/group && echo gone"])).toBe(
    "one\nfile\ngone",
  );
  expect((await stored<Config>(await build(folder, "--omit-history"))).history ?? []).toEqual([]);
});

test("--squash makes one layer of what the build adds: what it removes of its base is gone, the base's layers stay", async () => {
  const base = await build(context(`FROM ${IMAGE}`, "RUN mkdir /d /e; echo 1 > /d/a; echo 2 > /d/b; echo 3 > /e/c"));
  const folder = context(
    `FROM ${base}`,
    "RUN rm /d/a; echo new > /d/n; rm -r /e; mkdir /e; echo 4 > /e/x",
    "RUN rm /d/n; chmod 700 /d; rm /etc/group",
    "COPY f /f",
    "LABEL a=b",
  );
  const id = await build(folder, "--squash");
  const config = await stored<Config>(id);
  const below = (await stored<Config>(base)).rootfs.diff_ids;
  expect(config.rootfs.diff_ids.slice(0, -1)).toEqual(below);
  expect(config.rootfs.diff_ids).toHaveLength(below.length + 1);
  const look = "ls -A /d /e; stat -c %a /d; cat /f; test ! -e /etc/group && echo gone";
  const plain = await build(folder);
  expect(await engine.ok(["run", "--rm", id, "sh", "-c", look])).toBe(
    await engine.ok(["run", "--rm", plain, "sh", "-c", look]),
  );
  expect(await engine.ok(["diff", id, plain])).toBe("");
});

test("with --timestamp, what RUN writes and what COPY takes has that time, so that two engines make the same image", async () => {
  const folder = context(`FROM ${IMAGE}`, "RUN echo x > /x; mkdir /d", "COPY f /f", "WORKDIR /w");
  const first = await build(folder, "--timestamp", "1000000000", "--no-cache");
  expect(await engine.ok(["run", "--rm", first, "stat", "-c", "%Y", "/x", "/d", "/f", "/w"])).toBe(
    Array(4).fill("1000000000").join("\n"),
  );
  await build(folder);
  utimesSync(join(folder, "f"), 5, 5);
  expect(await build(folder, "--timestamp", "1000000000", "--no-cache", "--jobs", "1")).toBe(first);
  const argv = engine.argv(["build", "-q", "--timestamp", "1000000000", "--no-cache", folder]);
  const onOneCore = await runCommand(["taskset", "-c", "0", ...argv]);
  expect(onOneCore).toMatchObject({ code: 0, stdout: `${first}\n` });
  expect(await build(folder, "--timestamp", "1000000000")).toBe(first);
});

test("--env, --unsetenv, --label, --unsetlabel and --from change what the file says", async () => {
  const folder = context("FROM nobody/has:this", "ENV A=1 B=2", "LABEL x=1 y=2", "RUN echo $A > /a");
  const options = ["--from", IMAGE, "--env", "C=3", "--unsetenv", "A", "--unsetlabel", "x", "--label", "z=3"];
  const id = await build(folder, ...options);
  const { config } = await stored<Config>(id);
  expect(config.Env.filter((entry) => !entry.startsWith("PATH="))).toEqual(["B=2", "C=3"]);
  expect(config.Labels).toEqual({ y: "2", z: "3" });
  expect(await engine.ok(["run", "--rm", id, "cat", "/a"])).toBe("1");
});

test("--cap-drop, --cap-add, --security-opt, --memory and --volume are for RUN, and part of what the cache goes by", async () => {
  const script = "grep -e CapEff -e NoNewPrivs /proc/self/status > /o; ls /m >> /o 2>&1 || true";
  const folder = context(`FROM ${IMAGE}`, `RUN ${script}`);
  const usual = await engine.ok(["run", "--rm", await build(folder), "cat", "/o"]);
  const options = [
    "--cap-drop",
    "all",
    "--security-opt",
    "no-new-privileges",
    "-v",
    `${folder}:/m:ro`,
    "--memory",
    "64m",
  ];
  const changed = await engine.ok(["run", "--rm", await build(folder, ...options), "cat", "/o"]);
  expect(usual).toContain("No such file");
  expect(usual).not.toContain("0000000000000000");
  expect(changed).toContain("0000000000000000");
  expect(changed).toMatch(/NoNewPrivs:\t1\nContainerfile\nf$/);
  expect((await engine.run(["build", "-v", "name:/m", folder])).stderr).toContain("with a folder of the host");
});

test("for another platform files are put together, and a RUN is refused by name", async () => {
  const other = hostPlatform().architecture === "arm64" ? "amd64" : "arm64";
  const folder = context("FROM scratch", "ARG TARGETARCH", "COPY f /$TARGETARCH");
  const id = await build(folder, "--platform", `linux/${other}`);
  expect((await stored<Config>(id)).architecture).toBe(other);
  const out = join(held.folder, "foreign");
  await build(folder, "--arch", other, "-o", out);
  expect(existsSync(join(out, other))).toBe(true);
  const running = context("FROM scratch", "COPY f /f", 'RUN ["/f"]');
  const { code, stderr } = await engine.run(["build", "--platform", `linux/${other}`, running]);
  expect([code, stderr]).toEqual([
    125,
    expect.stringContaining(`a command for linux/${other} cannot run on this host`),
  ]);
  const own = `linux/${hostPlatform().architecture}`;
  expect(await build(context(`FROM ${IMAGE}`, "RUN true"), "--platform", own)).not.toBe("");
});

test("what cannot work is refused by name, and what is always so cannot be switched off", async () => {
  const folder = context(`FROM ${IMAGE}`);
  for (const option of ["--sign-by=x", "--isolation=chroot", "--rm=false", "--layers=false"]) {
    const { code, stderr } = await engine.run(["build", option, folder]);
    expect([option, code, stderr]).toEqual([option, 125, expect.stringContaining(option.split("=")[0] ?? "")]);
  }
  for (const option of ["--rm", "--force-rm", "--layers", "--load"]) expect(await build(folder, option)).not.toBe("");
});

test("--pull alone means always, and does not take the context for its value", async () => {
  const folder = context("FROM scratch", "COPY f /f");
  expect(await build(folder, "--pull")).not.toBe("");
  expect(await build(folder, "--pull=never")).not.toBe("");
  expect((await engine.run(["build", "--pull", context(`FROM ${IMAGE}`)])).code).toBe(125);
});

test("attestations are refused, and switching them off is no error; buildx shows the one builder, and refuses others", async () => {
  const folder = context("FROM scratch", "COPY f /f");
  const off = ["--provenance=false", "--sbom=false", "--attest", "type=provenance,disabled=true"];
  expect(await build(folder, ...off, "--load")).not.toBe("");
  for (const option of ["--provenance", "--provenance=mode=max", "--sbom=true", "--attest=type=sbom"]) {
    const { code, stderr } = await engine.run(["build", option, folder]);
    expect([code, stderr]).toEqual([125, expect.stringContaining(`${option.split("=")[0]} is not supported`)]);
  }
  expect(await engine.ok(["build", "--progress", "quiet", folder])).toMatch(/^[0-9a-f]{64}$/);
  expect(await engine.ok(["buildx", "ls"])).toMatch(/^NAME .*\ndefault\* +estiba +running .*linux\//);
  expect(await engine.ok(["buildx", "ls", "--format", "{{.Name}}"])).toBe("default");
  expect(await engine.ok(["buildx", "inspect", "--bootstrap", "default"])).toContain("Platforms:        linux/");
  expect(await engine.ok(["buildx", "version"])).toContain("buildx");
  const other = await engine.run(["buildx", "inspect", "other"]);
  expect([other.code, other.stderr]).toEqual([125, expect.stringContaining('no builder "other" found')]);
});
