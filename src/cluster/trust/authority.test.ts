import { expect, test } from "bun:test";
import { digestOfRoot, issueCertificate, makeAuthority, makeRequest, renewalTime } from "./authority.ts";
import { newToken, parseToken, sameToken } from "./token.ts";

const NOW = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;

test("a certificate is renewed when half of its ninety days are over", async () => {
  const authority = await makeAuthority(NOW);
  const { request } = await makeRequest();
  const wanted = { nodeId: "n1", role: "worker", addresses: [], now: NOW } as const;
  const cert = await issueCertificate({ authority }, request, wanted);
  expect(Math.abs(renewalTime(cert) - NOW - 45 * DAY_MS)).toBeLessThan(DAY_MS);
});

test("what is no request, or was changed on the way, gets no certificate", async () => {
  const authority = await makeAuthority(NOW);
  const { request } = await makeRequest();
  const other = (await makeRequest()).request;
  const [a, b] = [request, other].map((pem) => Buffer.from(pem.replaceAll(/-----.*-----|\s/g, ""), "base64"));
  // The one's key with the other's signature.
  const mixed = Buffer.concat([a?.subarray(0, 120) ?? Buffer.alloc(0), b?.subarray(120) ?? Buffer.alloc(0)]);
  for (const text of ["", "nonsense", mixed.toString("base64")]) {
    const asked = issueCertificate({ authority }, text, { nodeId: "n", role: "worker", addresses: [], now: NOW });
    expect(
      await asked.then(
        () => undefined,
        (error: unknown) => error,
      ),
    ).toMatchObject({ reason: "cluster.bad_request" });
  }
});

test("a token pins one root, and has Swarm's form", async () => {
  const [one, two] = [await makeAuthority(NOW), await makeAuthority(NOW)];
  const token = newToken(digestOfRoot(one.cert));
  expect(token).toMatch(/^SWMTKN-1-[0-9a-z]{50}-[0-9a-z]{25}$/);
  expect(parseToken(` ${token}\n`).rootDigest).toBe(digestOfRoot(one.cert));
  expect(digestOfRoot(two.cert)).not.toBe(digestOfRoot(one.cert));
  expect([sameToken(token, token), sameToken(token, `${token}x`), sameToken(token, "")]).toEqual([true, false, false]);
  for (const text of ["", "SWMTKN-1-a-b", token.slice(1), `${token}0`])
    expect(() => parseToken(text)).toThrow("invalid join token");
});
