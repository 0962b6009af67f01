import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MEDIA_TYPE } from "../../src/oci/descriptor.ts";
import { digestHex, digestOf } from "../../src/oci/digest.ts";
import { eventually, TestEngine } from "../fixtures/engine.ts";
import { type FixtureImage, makeImage, runTool } from "../fixtures/image.ts";
import { type Asked, breaking, type ScriptedRegistry, startScriptedRegistry } from "../fixtures/scripted-registry.ts";

const engine = new TestEngine();
const made: { image?: FixtureImage } = {};
const image = (): FixtureImage => made.image as FixtureImage;

beforeAll(async () => {
  made.image = await makeImage(engine.path("layout"), {
    files: { noise: crypto.getRandomValues(new Uint8Array(65_536)) },
  });
});

afterEach(async () => {
  await engine.ok(["rmi", "--all", "--force"]);
  await engine.ok(["system", "check", "--repair"]).catch(() => undefined);
  await engine.expectClean();
});

afterAll(async () => await engine.dispose());

const blob = (digest: string): Buffer => readFileSync(join(image().layout, "blobs", digest.replace(":", "/")));
const layer = (): string => image().layerDigests[0] ?? "";
const isLayer = ({ kind, name }: Asked): boolean => kind === "blobs" && name === layer();

/** The pull fails with this message, no image is there, and from the same registry behaving well it succeeds. */
async function expectRefused(registry: ScriptedRegistry, message: string | RegExp): Promise<string> {
  const name = `${registry.host}/t/bb:1`;
  const { code, stdout, stderr } = await engine.run(["pull", "-q", name]);
  expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
  expect(stderr).toMatch(message);
  expect(await engine.ok(["images", "-aq"])).toBe("");
  registry.script = () => undefined;
  expect(await engine.ok(["pull", "-q", name])).toBe(image().id);
  return stderr;
}

const flipped = (bytes: Buffer): Buffer => {
  const copy = Buffer.from(bytes);
  copy[copy.length >> 1] = (copy[copy.length >> 1] ?? 0) ^ 1;
  return copy;
};

const manifestWith = (
  change: (manifest: Record<string, unknown>) => unknown,
  type: string = MEDIA_TYPE.ociManifest,
): Response => {
  const manifest = JSON.parse(blob(image().manifestDigest).toString()) as Record<string, unknown>;
  return new Response(JSON.stringify(change(manifest)), { headers: { "Content-Type": type } });
};

const LIES: readonly (readonly [title: string, script: ScriptedRegistry["script"], message: RegExp])[] = [
  [
    "a layer with one bit flipped",
    (asked) => (isLayer(asked) ? new Response(flipped(blob(layer()))) : undefined),
    /digest|damaged/,
  ],
  [
    "a layer that ends early",
    (asked) => (isLayer(asked) ? new Response(blob(layer()).subarray(0, -7)) : undefined),
    /ended after|damaged/,
  ],
  [
    "a layer that goes on",
    (asked) => (isLayer(asked) ? new Response(Buffer.concat([blob(layer()), Buffer.from("more")])) : undefined),
    /longer than/,
  ],
  [
    "another blob for the layer",
    (asked) => (isLayer(asked) ? new Response(Buffer.alloc(blob(layer()).length)) : undefined),
    /digest|damaged|not/,
  ],
  [
    "a config with one bit flipped",
    (asked) => (asked.kind === "blobs" && !isLayer(asked) ? new Response(flipped(blob(asked.name))) : undefined),
    /not what was announced/,
  ],
  [
    "a layer size that is a lie",
    (asked) =>
      asked.kind === "manifests"
        ? manifestWith((m) => ({ ...m, layers: [{ ...(m["layers"] as object[])[0], size: 5 }] }))
        : undefined,
    /longer than/,
  ],
  [
    "a manifest that is an index too",
    (asked) => (asked.kind === "manifests" ? manifestWith((m) => ({ ...m, manifests: [] })) : undefined),
    /at once/,
  ],
  [
    "a manifest called an index",
    (asked) => (asked.kind === "manifests" ? manifestWith((m) => m, MEDIA_TYPE.ociIndex) : undefined),
    /calls itself/,
  ],
  [
    "a manifest with the wrong Docker-Content-Digest",
    (asked) =>
      asked.kind === "manifests"
        ? new Response(blob(image().manifestDigest), {
            headers: { "Docker-Content-Digest": digestOf("x"), "Content-Type": MEDIA_TYPE.ociManifest },
          })
        : undefined,
    /has digest/,
  ],
  [
    "a digest that is a path",
    (asked) =>
      asked.kind === "manifests"
        ? manifestWith((m) => ({
            ...m,
            layers: [{ ...(m["layers"] as object[])[0], digest: "sha256:../../../etc/passwd" }],
          }))
        : undefined,
    /malformed digest/,
  ],
  [
    "more layers than its config",
    (asked) =>
      asked.kind === "manifests"
        ? manifestWith((m) => ({ ...m, layers: [...(m["layers"] as object[]), ...(m["layers"] as object[])] }))
        : undefined,
    /2 layers, its config 1/,
  ],
  [
    "a manifest of 5 MB",
    (asked) =>
      asked.kind === "manifests"
        ? manifestWith((m) => ({ ...m, annotations: { x: "y".repeat(5_000_000) } }))
        : undefined,
    /more than 4194304 bytes/,
  ],
  [
    "a schema 1 manifest",
    (asked) => (asked.kind === "manifests" ? Response.json({ schemaVersion: 1, fsLayers: [] }) : undefined),
    /schema 1/,
  ],
  ["an index of itself", (asked) => (asked.kind === "manifests" ? indexOf(asked) : undefined), /digest/],
  [
    "HTML for a manifest",
    (asked) =>
      asked.kind === "manifests" ? new Response("<html>", { headers: { "Content-Type": "text/html" } }) : undefined,
    /not JSON/,
  ],
  [
    "redirects without end",
    ({ url, before }) => (url.pathname === "/v2/" ? undefined : Response.redirect(`${url.pathname}?${before}`, 307)),
    /redirects/,
  ],
  [
    "a redirect to a file",
    (asked) =>
      isLayer(asked) ? new Response(null, { status: 307, headers: { Location: "file:///etc/passwd" } }) : undefined,
    /redirect to file:/,
  ],
  [
    "a login of an unknown kind",
    ({ url }) =>
      url.pathname === "/v2/"
        ? undefined
        : new Response(null, { status: 401, headers: { "WWW-Authenticate": "Magic x=y" } }),
    /unknown kind of login \(magic\)/,
  ],
  [
    "a token realm that is a file",
    ({ url }) =>
      url.pathname === "/v2/"
        ? undefined
        : new Response(null, { status: 401, headers: { "WWW-Authenticate": 'Bearer realm="file:///etc/passwd"' } }),
    /realm/,
  ],
  [
    "a denial with words of its own",
    ({ kind }) =>
      kind === "manifests"
        ? Response.json({ errors: [{ code: "DENIED", message: "no\u001b[31mred" }] }, { status: 403 })
        : undefined,
    /does not let you pull t\/bb: HTTP 403 DENIED: no \[31mred/,
  ],
];

function indexOf({ url }: Asked): Response {
  const self = {
    mediaType: MEDIA_TYPE.ociIndex,
    digest: digestOf(url.pathname),
    size: 100,
    platform: { os: "linux", architecture: process.arch === "x64" ? "amd64" : "arm64" },
  };
  return Response.json(
    { schemaVersion: 2, mediaType: MEDIA_TYPE.ociIndex, manifests: [self] },
    { headers: { "Content-Type": MEDIA_TYPE.ociIndex } },
  );
}

test.each(LIES)(
  "%s is refused, stored nowhere, and a pull from an honest registry works after",
  async (_title, script, message) => {
    await using registry = startScriptedRegistry(image());
    registry.script = script;
    await expectRefused(registry, message);
  },
);

test("a layer that is not what its config says is refused though its digest holds", async () => {
  await using registry = startScriptedRegistry(image());
  const config = Buffer.from(
    blob(`sha256:${image().id}`)
      .toString()
      .replace(image().diffIds[0] ?? "", digestOf("other")),
  );
  registry.script = ({ kind, name }) => {
    if (kind === "manifests")
      return manifestWith((m) => ({
        ...m,
        config: { mediaType: MEDIA_TYPE.ociConfig, digest: digestOf(config), size: config.length },
      }));
    return kind === "blobs" && name === digestOf(config) ? new Response(config) : undefined;
  };
  await expectRefused(registry, /not what its image says/);
});

test("a transfer that breaks goes on where it stopped", async () => {
  await using registry = startScriptedRegistry(image());
  const ranges: (string | null)[] = [];
  registry.script = (asked) => {
    if (!isLayer(asked)) return undefined;
    const range = asked.request.headers.get("range");
    ranges.push(range);
    const start = Number(/bytes=(\d+)-/.exec(range ?? "")?.[1] ?? 0);
    const rest = blob(layer()).subarray(start);
    const headers = {
      "Content-Length": String(rest.length),
      ...(range === null
        ? {}
        : { "Content-Range": `bytes ${start}-${start + rest.length - 1}/${start + rest.length}` }),
    };
    return new Response(range === null ? breaking(rest.subarray(0, 100_000)) : rest, {
      status: range === null ? 200 : 206,
      headers,
    });
  };
  expect(await engine.ok(["pull", "-q", `${registry.host}/t/bb:1`])).toBe(image().id);
  expect(ranges.length).toBe(2);
  expect(ranges[1]).toMatch(/^bytes=\d+-$/);
});

test("a registry that is busy is asked again, after the time it names", async () => {
  await using registry = startScriptedRegistry(image());
  registry.script = ({ kind, before }) => {
    if (kind === "manifests" && before === 0) return new Response(null, { status: 503 });
    if (kind === "manifests" && before === 1)
      return new Response(null, { status: 429, headers: { "Retry-After": "0" } });
    return undefined;
  };
  expect(await engine.ok(["pull", "-q", `${registry.host}/t/bb:1`])).toBe(image().id);
  expect(registry.log.filter((line) => line.includes("/manifests/")).length).toBe(3);
});

test("a token that expires in the middle of a pull is renewed", async () => {
  await using registry = startScriptedRegistry(image());
  const tokens: string[] = [];
  registry.script = (asked) => {
    const { url, request, kind } = asked;
    if (url.pathname === "/token") {
      tokens.push(url.searchParams.get("scope") ?? "");
      return Response.json({ token: `t${tokens.length}`, expires_in: 300 });
    }
    if (kind === "ping") return undefined;
    // The first token is good for the manifest only.
    const wanted = kind === "manifests" ? "Bearer t1" : "Bearer t2";
    if (request.headers.get("authorization") === wanted) return undefined;
    const realm = `Bearer realm="http://${registry.host}/token",service="s",scope="repository:t/bb:pull"`;
    return new Response(null, { status: 401, headers: { "WWW-Authenticate": realm } });
  };
  expect(await engine.ok(["pull", "-q", `${registry.host}/t/bb:1`])).toBe(image().id);
  expect(tokens).toEqual(["repository:t/bb:pull", "repository:t/bb:pull"]);
});

test("a password never follows a redirect to another origin", async () => {
  await using registry = startScriptedRegistry(image());
  await using other = startScriptedRegistry(image());
  const seen: (string | null)[] = [];
  other.script = ({ request }) => {
    seen.push(request.headers.get("authorization"));
    return undefined;
  };
  registry.script = ({ kind, request, url }) => {
    if (kind === "ping") return undefined;
    if (request.headers.get("authorization") === null)
      return new Response(null, { status: 401, headers: { "WWW-Authenticate": "Basic realm=x" } });
    return kind === "blobs" ? Response.redirect(`http://${other.host}${url.pathname}`, 307) : undefined;
  };
  expect(await engine.ok(["pull", "-q", "--creds", "user:secret", `${registry.host}/t/bb:1`])).toBe(image().id);
  expect(seen).toEqual([null, null]);
});

test("a certificate that nobody vouches for is refused, with no way round by plain HTTP, until the user says so", async () => {
  const [cert, key] = [engine.path("cert.pem"), engine.path("key.pem")];
  const request = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost"];
  await runTool(["openssl", "req", ...request, "-days", "2", "-keyout", key, "-out", cert]);
  await using registry = startScriptedRegistry(image(), {
    cert: readFileSync(cert, "utf8"),
    key: readFileSync(key, "utf8"),
  });
  const name = `${registry.host}/t/bb:1`;
  const { code, stderr } = await engine.run(["pull", "-q", name]);
  expect(code).toBe(125);
  expect(stderr).toContain("certificate is not trusted");
  expect(stderr).toContain("--tls-verify=false");
  expect(registry.log).toEqual([]);
  expect(await engine.ok(["pull", "-q", "--tls-verify=false", name])).toBe(image().id);
  await engine.ok(["rmi", name]);
  const env = { CONTAINERS_REGISTRIES_CONF: engine.path("insecure.conf") };
  writeFileSync(env.CONTAINERS_REGISTRIES_CONF, `[[registry]]\nlocation = "${registry.host}"\ninsecure = true\n`);
  expect(await engine.ok(["pull", "-q", `docker://${name}`], { env })).toBe(image().id);
});

test("registries.conf: what is blocked is not asked, search registries come before docker.io", async () => {
  await using registry = startScriptedRegistry(image());
  const file = engine.path("registries.conf");
  const env = { CONTAINERS_REGISTRIES_CONF: file };
  writeFileSync(file, `unqualified-search-registries = ["${registry.host}"]\n`);
  expect(await engine.ok(["pull", "-q", "short:1"], { env })).toBe(image().id);
  expect(await engine.ok(["images", "-n", "--format", "{{.Repository}}:{{.Tag}}"])).toBe(`${registry.host}/short:1`);
  expect(await engine.ok(["image", "inspect", "--format", "{{.Id}}", "short:1"], { env })).toBe(image().id);
  writeFileSync(file, `[[registry]]\nlocation = "${registry.host}"\nblocked = true\n`);
  const asked = registry.log.length;
  const { code, stderr } = await engine.run(["pull", "-q", `${registry.host}/t/bb:1`], { env });
  expect({ code, asked: registry.log.length }).toEqual({ code: 125, asked });
  expect(stderr).toContain("is blocked by registries.conf");
});

test("an address outside that is not loopback is asked over HTTPS only", async () => {
  const { code, stderr } = await engine.run(["pull", "-q", "169.254.0.1:1/t/bb"]);
  expect(code).toBe(125);
  expect(stderr).toContain("cannot reach 169.254.0.1:1");
});

for (const signal of ["SIGKILL", "SIGINT"] as const) {
  test(`a pull that ${signal} ends in the middle leaves no image, and the next pull works`, async () => {
    await using registry = startScriptedRegistry(image());
    registry.script = (asked) =>
      isLayer(asked) ? new Response(stalling(blob(layer()).subarray(0, 200_000))) : undefined;
    const name = `${registry.host}/t/bb:1`;
    const child = Bun.spawn(engine.argv(["pull", "-q", name]), { stdout: "ignore", stderr: "pipe", stdin: "ignore" });
    await eventually(
      () => registry.log.some((line) => line.endsWith(layer())),
      (asked) => asked,
    );
    child.kill(signal);
    const code = await child.exited;
    if (signal === "SIGINT") expect(code).toBe(130);
    expect(await engine.ok(["images", "-aq"])).toBe("");
    registry.script = () => undefined;
    expect(await engine.ok(["pull", "-q", name])).toBe(image().id);
    if (signal === "SIGINT") await engine.expectClean();
  });
}

test("the layer blob of an image is stored under its digest, and under no other name", async () => {
  await using registry = startScriptedRegistry(image());
  await engine.ok(["pull", "-q", `${registry.host}/t/bb:1`]);
  const stored = readFileSync(join(engine.root, "blobs/sha256", digestHex(image().layerDigests[0] ?? digestOf(""))));
  expect(digestOf(stored)).toBe(image().layerDigests[0] ?? digestOf(""));
  expect([...new Bun.Glob("*").scanSync({ cwd: join(engine.root, "tmp"), onlyFiles: false })]).toEqual([]);
});

/** Sends the bytes, then nothing more, until the reader goes. */
function stalling(bytes: Uint8Array): ReadableStream {
  return new ReadableStream({ start: (controller) => controller.enqueue(bytes) });
}
