import { expect, test } from "bun:test";
import { createPublicKey } from "node:crypto";
import { makePayload, readPrivateKey, signPayload, verifyPayload } from "./signature.ts";

// Made for this test; the passphrase is "open sesame".
const PRIVATE = `-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----
eyJrZGYiOnsibmFtZSI6InNjcnlwdCIsInBhcmFtcyI6eyJOIjozMjc2OCwiciI6
OCwicCI6MX0sInNhbHQiOiJET3VLcEhRMlVPMGhxa05rSW1KT0FWS3dscVdvdkk0
b1N2eENmV1p4eEo0PSJ9LCJjaXBoZXIiOnsibmFtZSI6Im5hY2wvc2VjcmV0Ym94
Iiwibm9uY2UiOiJqSU4xRGI2NG04SWdtUTM4NWZrZVdvWDlMcHA5TTVzZiJ9LCJj
aXBoZXJ0ZXh0IjoiUmVnMGpnclMwZ1h6SEQzL2VGemJLWXBkVG9hcVJURmMybitT
dk1UQVZPMmhySUlnbFN1SlBoSjlVclZvbnNZMWJRcGF1M1VKTzNWVXpERmErOTc2
MWZkd3JBYlVjdEVVTUN3blZBTFhvWDcyT3hHaEFOenh3bitnc2p5SkJYRDNWZ3lO
Z1hXUExlbmpTVEwyTmoySTdmTk9VSFJ1bXhNR1lqejhYYlltdzg0cEpKTzh0ZGkr
bGFnaC81ZGRXdnJmM0V2cEhLQ2IzNS9SbFE9PSJ9
-----END ENCRYPTED SIGSTORE PRIVATE KEY-----
`;
const PUBLIC = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE0Ii0ZdmvXmA3D6rW1scnEt6Opukd
rOePaZV0nKlcR60AtE5p9VmWYTRGGaT9lPyhNZhnTbf/euTmQafGp3veog==
-----END PUBLIC KEY-----
`;

test("a key in the form of cosign signs when it is opened by its passphrase", () => {
  const key = readPrivateKey(PRIVATE, "open sesame", "key");
  const payload = makePayload({ reference: "reg.example/app:1", digest: "sha256:00" });
  const signature = signPayload(payload, key);
  expect(verifyPayload(payload, signature, [createPublicKey(PUBLIC)])).toEqual({
    reference: "reg.example/app:1",
    digest: "sha256:00",
  });
});

test("without its passphrase, with another one, or damaged, it is one error that says which", () => {
  expect(() => readPrivateKey(PRIVATE, undefined, "key")).toThrow("it has a passphrase, and none was given");
  expect(() => readPrivateKey(PRIVATE, "sesame", "key")).toThrow("the passphrase is wrong, or the key is damaged");
  const cut = PRIVATE.replace(/KEY-----\n.{64}/, "KEY-----");
  expect(() => readPrivateKey(cut, "open sesame", "key")).toThrow("it is not of cosign's form");
});
