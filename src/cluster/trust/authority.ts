// The library asks for it before it is loaded.
import "reflect-metadata";
import { isIP } from "node:net";
import {
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  Pkcs10CertificateRequest,
  Pkcs10CertificateRequestGenerator,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { EstibaError } from "../../lib/error.ts";
import { randomHex } from "../../lib/random-hex.ts";

/** A certificate with its key, in PEM form. */
export type KeyPair = { readonly cert: string; readonly key: string };

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY_MS = 86_400_000;
/** Clocks of nodes may differ by so much. */
const SKEW_MS = 3_600_000;
const ROOT_DAYS = 7_300;
const NODE_DAYS = 90;

cryptoProvider.set(crypto);

/** A new root of trust for a cluster. */
export async function makeAuthority(now: number): Promise<KeyPair> {
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: "CN=swarm-ca",
    notBefore: new Date(now - SKEW_MS),
    notAfter: new Date(now + ROOT_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [new BasicConstraintsExtension(true, 1, true), new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true)],
  });
  return { cert: certificate.toString("pem"), key: await keyPem(keys.privateKey) };
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
};

/** A certificate for who has made the request, with what it is to be known as. Throws `invalid` for what is no request. */
export async function issueCertificate(authority: KeyPair, request: string, wanted: Wanted): Promise<string> {
  const { nodeId, role, addresses, now } = wanted;
  const root = new X509Certificate(authority.cert);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: `CN=${nodeId},OU=swarm-${role}`,
    issuer: root.subject,
    notBefore: new Date(now - SKEW_MS),
    notAfter: new Date(now + NODE_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    publicKey: await publicKeyOf(request),
    signingKey: await importKey(authority.key),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
      new SubjectAlternativeNameExtension([
        { type: "dns", value: nodeId },
        ...addresses.map((value) => ({ type: isIP(value) === 0 ? ("dns" as const) : ("ip" as const), value })),
      ]),
    ],
  });
  return certificate.toString("pem");
}

/** When half of a certificate's time is over: then the next one is asked for. */
export function renewalTime(cert: string): number {
  const { notBefore, notAfter } = new X509Certificate(cert);
  return (notBefore.getTime() + notAfter.getTime()) / 2;
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

async function keyPem(key: CryptoKey): Promise<string> {
  return PemConverter.encode(await crypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}

async function importKey(pem: string): Promise<CryptoKey> {
  const [der] = PemConverter.decode(pem);
  if (der === undefined) throw new TypeError("the cluster's key is not in PEM form");
  return await crypto.subtle.importKey("pkcs8", der, ALGORITHM, false, ["sign"]);
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
