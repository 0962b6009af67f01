import { X509Certificate as Certificate, createPrivateKey, createPublicKey } from "node:crypto";
// Before the library of certificates, which asks for it.
import "reflect-metadata";
import { BasicConstraintsExtension, X509Certificate } from "@peculiar/x509";
import { describeError, EstibaError } from "../../lib/error.ts";
import type { KeyPair } from "./authority.ts";
import { signingKey } from "./keys.ts";

/** A root that somebody has brought, as it is kept. Throws `invalid` for what nodes could not trust, or the next root not follow on. */
export async function givenRoot({ cert, key }: KeyPair, now: number): Promise<KeyPair> {
  const root = readRoot(cert);
  const constraints = root.getExtension(BasicConstraintsExtension);
  if (constraints?.ca !== true) throw badRoot("it is not the certificate of a CA");
  if (constraints.pathLength === 0)
    throw badRoot("its path length is 0: it could not vouch for the root that follows it");
  if (!(await root.isSelfSigned())) throw badRoot("it is not signed by itself");
  if (root.notAfter.getTime() <= now || root.notBefore.getTime() > now)
    throw badRoot(`it is good from ${root.notBefore.toISOString()} to ${root.notAfter.toISOString()} only`);
  await signingKey(key);
  const own = createPublicKey(createPrivateKey(key));
  if (!new Certificate(cert).publicKey.equals(own)) throw badRoot("the key is not that of the certificate");
  return { cert: root.toString("pem"), key };
}

/** Whether two certificates are the same. */
export function sameRoot(one: string, other: string): boolean {
  return new X509Certificate(one).equal(new X509Certificate(other));
}

function readRoot(pem: string): X509Certificate {
  if (pem.split("-----BEGIN CERTIFICATE-----").length !== 2)
    throw badRoot("exactly one certificate in PEM form is wanted");
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw badRoot(`it cannot be read: ${describeError(error)}`);
  }
}

function badRoot(why: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "cluster.bad_root",
    what: `the root certificate cannot be used: ${why}`,
    fix: "make one: openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=swarm-ca ...",
  });
}
