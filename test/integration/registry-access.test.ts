import { beforeAll, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MEDIA_TYPE } from "../../src/oci/descriptor.ts";
import { IMAGE, useEngine } from "../fixtures/engine.ts";
import { type FixtureImage, makeImage, runTool } from "../fixtures/image.ts";
import { startRegistry } from "../fixtures/registry.ts";
import { startScriptedRegistry } from "../fixtures/scripted-registry.ts";

const engine = useEngine();
const made: { image?: FixtureImage } = {};
const image = (): FixtureImage => made.image as FixtureImage;

beforeAll(async () => {
  made.image = await makeImage(engine.path("other"), { files: { "etc/other": "yes\n" } });
});

/** An authority of one's own, and a certificate of a server by it. */
async function makeCertificates(): Promise<{ ca: string; cert: string; key: string }> {
  const [ca, caKey, cert, key] = ["ca.pem", "ca-key.pem", "server.pem", "server-key.pem"].map((name) =>
    engine.path(name),
  ) as [string, string, string, string];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  await runTool(["openssl", "req", "-x509", ...kind, "-subj", "/CN=Own CA", "-keyout", caKey, "-out", ca]);
  const server = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
  const by = ["-CA", ca, "-CAkey", caKey];
  await runTool(["openssl", "req", "-x509", ...kind, ...server, ...by, "-keyout", key, "-out", cert]);
  return { ca, cert, key };
}

test("a registry with an authority of one's own is trusted by --cert-dir or by certs.d, and only then", async () => {
  const { ca, cert, key } = await makeCertificates();
  await using registry = startScriptedRegistry(image(), {
    cert: readFileSync(cert, "utf8"),
    key: readFileSync(key, "utf8"),
  });
  const name = `${registry.host}/t/own:1`;
  const refused = await engine.run(["pull", "-q", name]);
  expect([refused.code, refused.stderr]).toEqual([125, expect.stringContaining("certificate is not trusted")]);
  const folder = engine.path("certs");
  mkdirSync(folder);
  writeFileSync(join(folder, "ca.crt"), readFileSync(ca));
  expect(await engine.ok(["pull", "-q", "--cert-dir", folder, name])).toBe(image().id);
  await engine.ok(["rmi", name]);
  const home = engine.path("home");
  const ofHost = join(home, ".config/containers/certs.d", registry.host);
  mkdirSync(ofHost, { recursive: true });
  writeFileSync(join(ofHost, "own.crt"), readFileSync(ca));
  expect(await engine.ok(["pull", "-q", name], { env: { HOME: home } })).toBe(image().id);
  await engine.ok(["rmi", name]);
});

test("a mirror of registries.conf is asked first, and the registry itself where it has nothing", async () => {
  await using mirror = startScriptedRegistry(image());
  await using registry = startScriptedRegistry(image());
  const file = engine.path("registries.conf");
  const env = { CONTAINERS_REGISTRIES_CONF: file };
  writeFileSync(
    file,
    `[aliases]\n"alias" = "${registry.host}/t/other"\n[[registry]]\nlocation = "${registry.host}"\n[[registry.mirror]]\nlocation = "${mirror.host}"\n`,
  );
  const name = `${registry.host}/t/other:1`;
  expect(await engine.ok(["pull", "-q", name], { env })).toBe(image().id);
  expect([mirror.log.length > 0, registry.log]).toEqual([true, []]);
  expect(await engine.ok(["images", "-n", "--format", "{{.Repository}}:{{.Tag}}", name])).toBe(name);
  await engine.ok(["rmi", name]);
  mirror.script = () => new Response("not here", { status: 404 });
  expect(await engine.ok(["pull", "-q", "alias:1"], { env })).toBe(image().id);
  expect(registry.log.length).toBeGreaterThan(0);
  await engine.ok(["rmi", name]);
});

test("a layer that lies elsewhere, as those of Windows once did, is refused by name, and nobody is asked for it", async () => {
  await using registry = startScriptedRegistry(image());
  registry.script = (asked) => {
    if (asked.kind !== "manifests") return undefined;
    const path = join(image().layout, "blobs", image().manifestDigest.replace(":", "/"));
    const manifest = JSON.parse(readFileSync(path, "utf8")) as { layers: object[] };
    const mediaType = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
    const layers = manifest.layers.map((layer) => ({ ...layer, mediaType, urls: ["https://example.com/layer"] }));
    return new Response(JSON.stringify({ ...manifest, layers }), {
      headers: { "Content-Type": MEDIA_TYPE.ociManifest },
    });
  };
  const { code, stderr } = await engine.run(["pull", "-q", `${registry.host}/t/foreign:1`]);
  expect([code, stderr]).toEqual([125, expect.stringContaining("layer 0 is a foreign one")]);
  expect(registry.log.filter((line) => line.includes("/blobs/"))).toEqual([]);
});

test("a credential helper keeps the login, gives it to push and pull, and forgets it", async () => {
  await using registry = await startRegistry({ users: { ann: "secret: word" } });
  const [bin, kept] = [engine.path("bin"), engine.path("kept")];
  mkdirSync(bin);
  const helper = [
    "#!/bin/sh",
    'case "$1" in',
    `store) cat > ${kept} ;;`,
    `get) cat > /dev/null; if [ -e ${kept} ]; then cat ${kept}; else echo "credentials not found in native keychain"; exit 1; fi ;;`,
    `erase) cat > /dev/null; rm ${kept} ;;`,
    "list) echo '{}' ;;",
    "esac",
  ];
  writeFileSync(join(bin, "docker-credential-own"), `${helper.join("\n")}\n`);
  chmodSync(join(bin, "docker-credential-own"), 0o755);
  const authfile = engine.path("auth.json");
  writeFileSync(authfile, JSON.stringify({ credHelpers: { [registry.host]: "own" } }));
  const env = { PATH: `${bin}:${process.env["PATH"]}`, REGISTRY_AUTH_FILE: authfile };
  const name = `${registry.host}/app:1`;
  const login = ["login", "-u", "ann", "--password-stdin", registry.host];
  expect(await engine.ok(login, { env, stdin: "secret: word" })).toBe("Login Succeeded!");
  expect(JSON.parse(readFileSync(kept, "utf8"))).toEqual({
    ServerURL: registry.host,
    Username: "ann",
    Secret: "secret: word",
  });
  expect(readFileSync(authfile, "utf8")).not.toContain("auths");
  await engine.ok(["push", "-q", IMAGE, name], { env });
  await engine.ok(["pull", "-q", name], { env });
  await engine.ok(["rmi", name]);
  await engine.ok(["logout", registry.host], { env });
  expect(existsSync(kept)).toBe(false);
  expect((await engine.run(["push", "-q", IMAGE, name], { env })).stderr).toContain("wants a login");
  const without = await engine.run(["pull", "-q", name], { env: { ...env, PATH: "/usr/bin:/bin" } });
  expect([without.code, without.stderr]).toEqual([125, expect.stringContaining('"docker-credential-own"')]);
});

test("logins that are made, and forgotten, at the same moment do not undo each other", async () => {
  await using registry = startScriptedRegistry(image());
  const file = engine.path("together.json");
  const places = Array.from({ length: 5 }, (_, index) => `${registry.host}/team${index}`);
  const kept = (): string[] =>
    Object.keys((JSON.parse(readFileSync(file, "utf8")) as { auths: Record<string, unknown> }).auths).toSorted();
  const words = ["--tls-verify=false", "-u", "me", "-p", "secret"];
  await Promise.all(places.map((place) => engine.ok(["login", "--authfile", file, ...words, place])));
  expect(kept()).toEqual(places);
  await Promise.all(places.slice(1).map((place) => engine.ok(["logout", "--authfile", file, place])));
  expect(kept()).toEqual(places.slice(0, 1));
  expect(existsSync(`${file}.lock`)).toBe(false);
});
