import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { contextFolders, hasContext, listContexts, readContext, removeContext, writeContext } from "./contexts.ts";
import { addressOfContext, addressOfHost } from "./resolve.ts";

const folder = mkdtempSync(join(tmpdir(), "contexts-"));
afterAll(() => rmSync(folder, { recursive: true }));

const far = {
  name: "far",
  description: "the other one",
  host: "tcp://far:2376",
  skipTlsVerify: false,
  tls: { "ca.pem": "CA", "cert.pem": "CERT", "key.pem": "KEY" },
} as const;

test("a context lies where Docker's tools look for it, its key for nobody else's eyes, and is read back", () => {
  writeContext(folder, far);
  // sha256 of the name, as `docker context create far` makes it.
  const { meta, tls } = contextFolders(folder, "far");
  expect(meta).toBe(join(folder, "contexts/meta", new Bun.CryptoHasher("sha256").update("far").digest("hex")));
  expect(JSON.parse(readFileSync(join(meta, "meta.json"), "utf8"))).toEqual({
    Name: "far",
    Metadata: { Description: "the other one" },
    Endpoints: { docker: { Host: "tcp://far:2376", SkipTLSVerify: false } },
  });
  expect(statSync(join(tls, "docker/key.pem")).mode & 0o777).toBe(0o600);
  expect(readContext(folder, "far")).toEqual(far);
  expect(listContexts(folder)).toEqual([far]);
  const material = { ca: "CA", cert: "CERT", key: "KEY", verify: true };
  expect(addressOfContext("far", { DOCKER_CONFIG: folder })).toEqual({
    kind: "tcp",
    host: "far",
    port: 2376,
    tls: material,
  });
});

test("one that is not there, or cannot be read, is an error that says so", () => {
  expect(() => readContext(folder, "nobody")).toThrow('there is no context "nobody"');
  writeFileSync(join(contextFolders(folder, "far").meta, "meta.json"), "{");
  expect(() => readContext(folder, "far")).toThrow("cannot read");
  removeContext(folder, "far");
  expect(hasContext(folder, "far")).toBe(false);
  expect(listContexts(folder)).toEqual([]);
});

test("TLS is asked for by options or by Docker's variables, with the usual files where they are", () => {
  writeFileSync(join(folder, "ca.pem"), "CA");
  const environment = { DOCKER_CERT_PATH: folder };
  expect(addressOfHost("tcp://far:1", {}, environment)).toEqual({ kind: "tcp", host: "far", port: 1 });
  const usual = { ca: "CA", cert: undefined, key: undefined };
  expect(addressOfHost("tcp://far:1", {}, { ...environment, DOCKER_TLS_VERIFY: "1" })).toMatchObject({
    tls: { ...usual, verify: true },
  });
  expect(addressOfHost("tcp://far:1", { tls: true }, environment)).toMatchObject({ tls: { ...usual, verify: false } });
  expect(() => addressOfHost("tcp://far:1", { cert: "/no/such.pem" }, environment)).toThrow("cannot read");
});
