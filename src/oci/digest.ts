import { EstibaError } from "../lib/error.ts";

const ALGORITHMS = { sha256: 64, sha512: 128 } as const;

type DigestAlgorithm = keyof typeof ALGORITHMS;

/** A checked digest: a known algorithm, a colon, and exactly its number of lower-case hexadecimal digits. Safe as a path component. */
export type Digest = `${DigestAlgorithm}:${string}`;

/** True when the text is a digest that Estiba can verify (OCI image spec, descriptor.md "Digests"). */
export function isDigest(text: string): text is Digest {
  const match = /^(sha256|sha512):([0-9a-f]+)$/.exec(text);
  return match !== null && match[2]?.length === ALGORITHMS[match[1] as DigestAlgorithm];
}

/** Returns the text as a digest. Throws `invalid` (`oci.bad_digest`) for anything but sha256 and sha512 with the right length. */
export function parseDigest(text: unknown): Digest {
  if (typeof text === "string" && isDigest(text)) return text;
  throw new EstibaError("invalid", {
    reason: "oci.bad_digest",
    what: `not a digest: ${JSON.stringify(text)?.slice(0, 160)}`,
    fix: "use sha256: and 64 lower-case hexadecimal digits",
  });
}

/** The algorithm of a digest: `sha256` or `sha512`. */
export function digestAlgorithm(digest: Digest): DigestAlgorithm {
  return digest.slice(0, digest.indexOf(":")) as DigestAlgorithm;
}

/** The hexadecimal part of a digest. */
export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(":") + 1);
}

/** The sha256 digest of bytes that are in memory. */
export function digestOf(bytes: Uint8Array | string): Digest {
  return `sha256:${new Bun.CryptoHasher("sha256").update(bytes).digest("hex")}`;
}

/** A hasher for streams: feed it with `update`, read it once with `digest`. */
export class Digester {
  readonly #algorithm: DigestAlgorithm;
  readonly #hasher: Bun.CryptoHasher;

  constructor(algorithm: DigestAlgorithm = "sha256") {
    this.#algorithm = algorithm;
    this.#hasher = new Bun.CryptoHasher(algorithm);
  }

  update(bytes: Uint8Array): void {
    this.#hasher.update(bytes);
  }

  digest(): Digest {
    return `${this.#algorithm}:${this.#hasher.digest("hex")}`;
  }
}

/** The chain id of each layer, lowest first: chainId(0) = diffId(0), chainId(n) = sha256(chainId(n-1) + " " + diffId(n)) (config.md). */
export function chainIds(diffIds: readonly Digest[]): Digest[] {
  const chain: Digest[] = [];
  for (const diffId of diffIds) {
    const parent = chain.at(-1);
    chain.push(parent === undefined ? diffId : digestOf(`${parent} ${diffId}`));
  }
  return chain;
}
