import type { KeyPair, Signer } from "./authority.ts";

/** How long certificates of nodes are good for, where nothing else was said: 90 days. */
export const USUAL_EXPIRY_MS: number = 90 * 86_400_000;

/** A root that takes the place of another one, which vouches for it until all nodes know the new one. */
export type Rotation = { readonly authority: KeyPair; readonly crossSigned: string };

/** Whom the nodes of a cluster trust. */
export type Roots = { readonly authority: KeyPair; readonly rotation?: Rotation | undefined };

/** {@link Roots} without the keys. */
type Certificates = {
  readonly authority: Pick<KeyPair, "cert">;
  readonly rotation?: { readonly authority: Pick<KeyPair, "cert"> } | undefined;
};

/** What certificates are made with now. */
export function signerOf({ authority, rotation }: Roots): Signer {
  return rotation === undefined ? { authority } : { authority: rotation.authority, chain: rotation.crossSigned };
}

/** All roots that nodes are to trust now, in PEM form. */
export function trustOf({ authority, rotation }: Certificates): string {
  return rotation === undefined ? authority.cert : `${authority.cert}\n${rotation.authority.cert}`;
}

/** What tells one {@link trustOf} from another: with it, a node has told that it trusts these roots, and has a certificate of the last. */
export function trustMark(trust: string): string {
  return new Bun.CryptoHasher("sha256").update(trust).digest("hex").slice(0, 32);
}
