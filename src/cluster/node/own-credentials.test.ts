import { expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import type { ClusterRecord } from "../manager/cluster-record.ts";
import { sealRecord } from "../manager/sealed-record.ts";
import { crossSign, makeAuthority } from "../trust/authority.ts";
import { makeVault } from "../trust/vault.ts";
import { ownCredentials } from "./own-credentials.ts";

const NOW = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;

test("a manager's certificate is another one when half of its time is over, and when the root becomes another one; the key goes with it", async () => {
  const vault = makeVault(() => Buffer.alloc(32, 1));
  const [authority, next] = [await makeAuthority(NOW), await makeAuthority(NOW)];
  const state: { now: number; record: ClusterRecord } = {
    now: NOW,
    record: { id: "c", createdAt: NOW, authority, tokens: { worker: "w", manager: "m" } },
  };
  const replica = { cluster: () => sealRecord(vault, state.record) };
  const credentials = ownCredentials({ nodeId: "n1", now: () => state.now, vault, replica }, ["127.0.0.1"]);
  const [first, same] = await Promise.all([credentials(), credentials()]);
  expect(same).toBe(first);
  state.now = NOW + 44 * DAY_MS;
  expect(await credentials()).toBe(first);
  state.now = NOW + 46 * DAY_MS;
  const second = await credentials();
  const made = new X509Certificate(second.cert);
  expect([second === first, second.key === first.key, made.subject]).toEqual([false, false, "CN=n1\nOU=swarm-manager"]);
  expect(Date.parse(made.validTo)).toBe(NOW + 136 * DAY_MS);
  const rotation = { authority: next, crossSigned: await crossSign(authority, next) };
  state.record = { ...state.record, rotation, certExpiryMs: DAY_MS };
  const third = await credentials();
  expect(third.ca).toBe(`${authority.cert}\n${next.cert}`);
  expect(new X509Certificate(third.cert).checkIssued(new X509Certificate(next.cert))).toBe(true);
  expect(third.cert.split("BEGIN CERTIFICATE").length).toBe(3);
  expect(await credentials()).toBe(third);
  state.now += DAY_MS / 2;
  expect(await credentials()).not.toBe(third);
});
