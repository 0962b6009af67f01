import { expect, setDefaultTimeout, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { crossSign, issueCertificate, type KeyPair, makeAuthority, makeRequest } from "./authority.ts";
import { givenRoot, sameRoot } from "./given-root.ts";
import { trustMark, trustOf } from "./rotation.ts";

// Processes and many rounds: a busy machine takes long over them.
setDefaultTimeout(60_000);

const NOW = Date.UTC(2026, 0, 1);
const YEAR_MS = 365 * 86_400_000;

async function refusal(given: KeyPair, now: number): Promise<string> {
  return await givenRoot(given, now).then(
    () => "it was taken",
    (error: Error) => error.message,
  );
}

test("only what nodes can trust, and the next root follow on, is taken for a root", async () => {
  const [root, other] = [await makeAuthority(NOW), await makeAuthority(NOW)];
  const { request, key } = await makeRequest();
  const wanted = { nodeId: "n", role: "worker", addresses: [], now: NOW } as const;
  const leaf = await issueCertificate({ authority: root }, request, wanted);
  for (const [given, said] of [
    [{ ...root, key: other.key }, "the key is not that of the certificate"],
    [{ ...root, key: "nonsense" }, "the key of the root cannot be read"],
    [{ ...root, cert: "nonsense" }, "exactly one certificate"],
    [{ ...root, cert: `${root.cert}\n${other.cert}` }, "exactly one certificate"],
    [{ cert: leaf, key }, "it is not the certificate of a CA"],
    [{ cert: await crossSign(other, root), key: root.key }, "its path length is 0"],
  ] as const)
    expect(await refusal(given, NOW)).toContain(said);
  expect(await refusal(root, NOW + 30 * YEAR_MS)).toContain("it is good from");
  const taken = await givenRoot(root, NOW);
  expect([sameRoot(taken.cert, root.cert), sameRoot(taken.cert, other.cert)]).toEqual([true, false]);
});

test("who trusts the former root only trusts what the new one signs, by the certificate that goes with it", async () => {
  const [former, fresh] = [await makeAuthority(NOW), await makeAuthority(NOW)];
  const crossSigned = new X509Certificate(await crossSign(former, fresh));
  const { request } = await makeRequest();
  const wanted = { nodeId: "n", role: "worker", addresses: [], now: NOW } as const;
  const cert = new X509Certificate(await issueCertificate({ authority: fresh }, request, wanted));
  expect(crossSigned.checkIssued(new X509Certificate(former.cert))).toBe(true);
  expect(cert.checkIssued(crossSigned)).toBe(true);
  expect(cert.checkIssued(new X509Certificate(former.cert))).toBe(false);
  const marks = [
    { authority: former },
    { authority: former, rotation: { authority: fresh, crossSigned: "" } },
    { authority: fresh },
  ].map((roots) => trustMark(trustOf(roots)));
  expect(new Set(marks).size).toBe(3);
});
