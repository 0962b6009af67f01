import { afterAll, beforeAll, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CommandResult, IMAGE, runCommand, useEngine } from "../fixtures/engine.ts";
import { startRegistry, type TestRegistry } from "../fixtures/registry.ts";

const engine = useEngine();
const held: { registry?: TestRegistry; folder: string } = { folder: "" };

beforeAll(async () => {
  held.registry = await startRegistry();
  held.folder = mkdtempSync(join(tmpdir(), "estiba-trust-"));
  mkdirSync(join(held.folder, ".config/containers"), { recursive: true });
  for (const name of ["ours", "other"]) makeKey(name);
  await engine.ok(["push", "-q", "--sign-by-sigstore-private-key", file("ours.key"), IMAGE, remote("signed:1")]);
  await engine.ok(["push", "-q", IMAGE, remote("unsigned:1")]);
});
afterAll(async () => {
  await held.registry?.[Symbol.asyncDispose]();
  rmSync(held.folder, { recursive: true, force: true });
});

const file = (name: string): string => join(held.folder, name);
const remote = (name: string): string => `${held.registry?.host}/${name}`;
const signedBy = (key: string, signedIdentity?: object): object[] => [
  { type: "sigstoreSigned", keyPath: file(`${key}.pub`), ...(signedIdentity === undefined ? {} : { signedIdentity }) },
];

function makeKey(name: string, passphrase?: string): void {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const cipher = passphrase === undefined ? {} : { cipher: "aes-256-cbc", passphrase };
  writeFileSync(file(`${name}.key`), privateKey.export({ type: "pkcs8", format: "pem", ...cipher }));
  writeFileSync(file(`${name}.pub`), publicKey.export({ type: "spki", format: "pem" }));
}

function setPolicy(docker: Readonly<Record<string, object[]>>, rest: object = {}): void {
  const policy = { default: [{ type: "insecureAcceptAnything" }], transports: { docker, ...rest } };
  writeFileSync(file(".config/containers/policy.json"), JSON.stringify(policy));
}

async function run(...args: string[]): Promise<CommandResult> {
  return await engine.run(args, { env: { HOME: held.folder } });
}

async function pull(name: string): Promise<CommandResult> {
  const result = await run("pull", "-q", remote(name));
  if (result.code === 0) await engine.ok(["rmi", remote(name)]);
  return result;
}

test("a signature by the key that policy.json names lets an image in; none, another's or another name's does not", async () => {
  setPolicy({ "": signedBy("ours") });
  expect(await pull("signed:1")).toMatchObject({ code: 0, stderr: "" });
  const unsigned = await pull("unsigned:1");
  expect(unsigned.code).toBe(125);
  expect(unsigned.stderr).toContain("policy.json demands a signature, and it has none");
  setPolicy({ "": signedBy("other") });
  expect((await pull("signed:1")).stderr).toContain("none of its 1 signatures is by a key of policy.json");
  // The same image, so the same signature, under another tag.
  await engine.ok(["push", "-q", IMAGE, remote("signed:2")]);
  setPolicy({ "": signedBy("ours") });
  expect((await pull("signed:2")).stderr).toContain(`it is signed as ${remote("signed:1")}, not under this name`);
  setPolicy({ "": signedBy("ours", { type: "matchRepository" }) });
  expect((await pull("signed:2")).code).toBe(0);
});

test("the narrowest scope counts; what is rejected is not even asked for", async () => {
  setPolicy({
    [remote("unsigned")]: [{ type: "insecureAcceptAnything" }],
    [held.registry?.host ?? ""]: [{ type: "reject" }],
  });
  expect((await pull("unsigned:1")).code).toBe(0);
  expect((await pull("signed:1")).stderr).toContain("policy.json rejects it");
  expect((await pull("not/there:1")).stderr).toContain("policy.json rejects it");
});

test("what cannot be verified, and a file that is not of its form, are refused and not taken for permission", async () => {
  setPolicy({ "": [{ type: "signedBy", keyType: "GPGKeys", keyPath: "/x" }] });
  expect((await pull("signed:1")).stderr).toContain("policy.json demands signedBy");
  writeFileSync(file(".config/containers/policy.json"), '{"transports": {}}');
  expect((await pull("signed:1")).stderr).toContain('"default" is not a list with a requirement in it');
});

test("archives are held against the policy, too", async () => {
  const archive = file("app.tar");
  await engine.ok(["save", "-q", "-o", archive, IMAGE]);
  const reject = { "": [{ type: "reject" }] };
  setPolicy({}, { "docker-archive": reject, "oci-archive": reject });
  const refused = await run("load", "-q", "-i", archive);
  expect(refused).toMatchObject({ code: 125, stdout: "" });
  expect(refused.stderr).toContain("policy.json rejects it");
});

test("image sign signs what is there already, with a key that has a passphrase; openssl verifies both signatures", async () => {
  makeKey("closed", "open sesame");
  writeFileSync(file("passphrase"), "open sesame\n");
  const words = ["image", "sign", "--sign-by-sigstore-private-key", file("closed.key")];
  const without = await engine.run([...words, remote("signed:1")]);
  expect(without.stderr).toContain("an encrypted one needs --sign-passphrase-file");
  const told = await engine.ok([...words, "--sign-passphrase-file", file("passphrase"), remote("signed:1")]);
  expect(told).toStartWith(`${remote("signed:1")}@sha256:`);
  const digest = told.slice(told.indexOf("@") + 1);
  for (const key of ["ours", "closed"]) {
    setPolicy({ "": signedBy(key) });
    expect(await verifiedByOpenssl(digest, key)).toBe(true);
    expect((await pull("signed:1")).code).toBe(0);
  }
  expect(await verifiedByOpenssl(digest, "other")).toBe(false);
});

/** Whether openssl finds a signature by the key among those that skopeo fetches from the registry (Debian's skopeo verifies none itself). */
async function verifiedByOpenssl(digest: string, key: string): Promise<boolean> {
  const folder = file(`fetched-${key}`);
  const tag = remote(`signed:${digest.replace(":", "-")}.sig`);
  await must("skopeo", "--insecure-policy", "copy", "-q", "--src-tls-verify=false", `docker://${tag}`, `dir:${folder}`);
  const { layers } = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as {
    layers: { digest: string; annotations: Record<string, string> }[];
  };
  for (const layer of layers) {
    writeFileSync(file("sig"), Buffer.from(layer.annotations["dev.cosignproject.cosign/signature"] ?? "", "base64"));
    const payload = join(folder, layer.digest.replace("sha256:", ""));
    const words = ["dgst", "-sha256", "-verify", file(`${key}.pub`), "-signature", file("sig"), payload];
    if ((await runCommand(["openssl", ...words])).code === 0) return true;
  }
  return false;
}

async function must(...argv: string[]): Promise<void> {
  const { code, stderr } = await runCommand(argv);
  if (code !== 0) throw new Error(stderr);
}
