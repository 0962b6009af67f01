// The library asks for it before it is loaded.
import "reflect-metadata";
import { isIP } from "node:net";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Pkcs10CertificateRequest,
  Pkcs10CertificateRequestGenerator,
  type PublicKeyType,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { EstibaError } from "../../lib/error.ts";
import { randomHex } from "../../lib/random-hex.ts";
import { ALGORITHM, keyPem, signingKey } from "./keys.ts";
import { USUAL_EXPIRY_MS } from "./rotation.ts";

/** A certificate with its key, in PEM form. */
export type KeyPair = { readonly cert: string; readonly key: string };

/** What certificates are made with: `chain` leads from it to a root that nodes trusted before. */
export type Signer = { readonly authority: KeyPair; readonly chain?: string };

const DAY_MS = 86_400_000;
/** Clocks of nodes may differ by so much. */
const SKEW_MS = 3_600_000;
const ROOT_DAYS = 7_300;
const BEGIN = "-----BEGIN CERTIFICATE-----";
const END = "-----END CERTIFICATE-----";

cryptoProvider.set(crypto);

/** A new root of trust for a cluster. */
export async function makeAuthority(now: number): Promise<KeyPair> {
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    // Two of a cluster's roots must not be taken for each other by name.
    name: `CN=swarm-ca,O=${randomHex(6)}`,
    notBefore: new Date(now - SKEW_MS),
    notAfter: new Date(now + ROOT_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [...(await rootExtensions(keys.publicKey)), new BasicConstraintsExtension(true, 1, true)],
  });
  return { cert: certificate.toString("pem"), key: await keyPem(keys.privateKey) };
}

/** A certificate for the key of a root, by another root: by it, whoever trusts that one trusts what this one has signed. */
export async function crossSign(trusted: KeyPair, fresh: KeyPair): Promise<string> {
  const [issuer, root] = [new X509Certificate(trusted.cert), new X509Certificate(fresh.cert)];
  const { key, algorithm } = await signingKey(trusted.key);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: root.subject,
    issuer: issuer.subject,
    notBefore: root.notBefore,
    notAfter: root.notAfter,
    signingAlgorithm: algorithm,
    publicKey: root.publicKey,
    signingKey: key,
    extensions: [
      ...(await rootExtensions(root.publicKey)),
      new BasicConstraintsExtension(true, 0, true),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return certificate.toString("pem");
}

async function rootExtensions(key: PublicKeyType) {
  return [new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true), await SubjectKeyIdentifierExtension.create(key)];
}

/** A request for a certificate, and the key that stays here. */
export async function makeRequest(): Promise<{ readonly request: string; readonly key: string }> {
  const keys = await newKeys();
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: "CN=node",
    keys,
    signingAlgorithm: ALGORITHM,
  });
  return { request: request.toString("pem"), key: await keyPem(keys.privateKey) };
}

type Wanted = {
  readonly nodeId: string;
  readonly role: "manager" | "worker";
  /** Addresses that the node serves at. */
  readonly addresses: readonly string[];
  readonly now: number;
  readonly expiryMs?: number | undefined;
};

/**
 * A certificate for who has made the request, with what it is to be known as, and the signer's chain behind it. Throws `invalid` for what is
 * no request.
 */
export async function issueCertificate({ authority, chain }: Signer, request: string, wanted: Wanted): Promise<string> {
  const { nodeId, role, addresses, now, expiryMs = USUAL_EXPIRY_MS } = wanted;
  const root = new X509Certificate(authority.cert);
  const { key, algorithm } = await signingKey(authority.key);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: `CN=${nodeId},OU=swarm-${role}`,
    issuer: root.subject,
    notBefore: new Date(now - SKEW_MS),
    notAfter: new Date(now + expiryMs),
    signingAlgorithm: algorithm,
    publicKey: await publicKeyOf(request),
    signingKey: key,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
      new SubjectAlternativeNameExtension([
        { type: "dns", value: nodeId },
        ...addresses.map((value) => ({ type: isIP(value) === 0 ? ("dns" as const) : ("ip" as const), value })),
      ]),
      await AuthorityKeyIdentifierExtension.create(root.publicKey),
    ],
  });
  const pem = certificate.toString("pem");
  return chain === undefined ? pem : `${pem}\n${chain}`;
}

/** When half of a certificate's time is over: then the next one is asked for. Of a chain, that of the first. */
export function renewalTime(cert: string): number {
  const { notBefore, notAfter } = new X509Certificate(firstOf(cert));
  return (notBefore.getTime() + SKEW_MS + notAfter.getTime()) / 2;
}

function firstOf(chain: string): string {
  return chain.slice(0, chain.indexOf(END) + END.length);
}

/** The last of several certificates. */
export function lastOf(bundle: string): string {
  return bundle.slice(bundle.lastIndexOf(BEGIN));
}

/** A root's subject and public key, in base64 of their DER form. */
export function rootFacts(cert: string): { readonly subject: string; readonly publicKey: string } {
  const { subjectName, publicKey } = new X509Certificate(cert);
  const base64 = (bytes: ArrayBuffer): string => Buffer.from(bytes).toString("base64");
  return { subject: base64(subjectName.toArrayBuffer()), publicKey: base64(publicKey.rawData) };
}

/** The hash of a certificate, as 50 digits to the base 36: what a token pins a cluster's root by. */
export function digestOfRoot(cert: string): string {
  const hash = new Bun.CryptoHasher("sha256").update(new Uint8Array(new X509Certificate(cert).rawData)).digest("hex");
  return BigInt(`0x${hash}`).toString(36).padStart(50, "0");
}

async function publicKeyOf(request: string) {
  try {
    const parsed = new Pkcs10CertificateRequest(request);
    if (await parsed.verify()) return parsed.publicKey;
  } catch (error) {
    throw badRequest(error);
  }
  throw badRequest(undefined);
}

async function newKeys() {
  return await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

// Its first bit says that it is positive.
function serial(): string {
  return `00${randomHex(16)}`;
}

function badRequest(cause: unknown): EstibaError {
  return new EstibaError("invalid", {
    reason: "cluster.bad_request",
    what: "the request for a certificate cannot be read, or is not signed by its key",
    ...(cause === undefined ? {} : { cause }),
  });
}
