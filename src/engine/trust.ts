import {
  registryScopes,
  requirementsFor,
  type SignedIdentity,
  type TrustRequirement,
  type TrustSubject,
} from "../config/trust-policy.ts";
import type { RegistrySession } from "../image/registry/session.ts";
import { EstibaError } from "../lib/error.ts";
import type { Digest } from "../oci/digest.ts";
import { formatReference, type QualifiedReference, repositoryOf } from "../oci/reference.ts";

/** What policy.json demands of an image before anything of it is fetched. Throws `denied` where it is rejected, `unsupported`. */
function demandsOn(subject: TrustSubject, shown: string): TrustRequirement[] {
  const requirements = requirementsFor(subject, process.env);
  for (const requirement of requirements) {
    if (requirement.kind === "reject") throw denied(shown, { reason: "trust.rejected", why: "policy.json rejects it" });
    if (requirement.kind === "unsupported") throw unsupported(shown, requirement.type);
  }
  return requirements.filter(({ kind }) => kind === "sigstore");
}

/** The same for a name in a registry. */
export function demandsOnReference(reference: QualifiedReference): TrustRequirement[] {
  const name = formatReference(reference);
  return demandsOn({ transport: "docker", scopes: registryScopes(name, repositoryOf(reference)) }, name);
}

/** The same for an archive or a folder on this host, which never has signatures. */
export function demandsOnFile(transport: string, path: string): void {
  if (demandsOn({ transport, scopes: [path] }, path).length === 0) return;
  throw denied(path, { reason: "trust.unsigned", why: "policy.json demands a signature, and archives have none" });
}

/**
 * Whether each demand is met by a signature in the registry, of the image itself or of the index it was chosen from (which names it by
 * digest). Throws `denied`.
 */
export async function verifyTrust(
  session: RegistrySession,
  {
    reference,
    digests,
    demands,
  }: { reference: QualifiedReference; digests: readonly Digest[]; demands: readonly TrustRequirement[] },
  signal: AbortSignal,
): Promise<void> {
  if (demands.length === 0) return;
  const { fetchSignatures } = await import("../image/sigstore/attached.ts");
  const { readPublicKey, verifyPayload } = await import("../image/sigstore/signature.ts");
  const name = formatReference(reference);
  const attached = await Promise.all(
    digests.map(async (digest) => ({ digest, signatures: await fetchSignatures(session, digest, signal) })),
  );
  const all = attached.flatMap(({ digest, signatures }) => signatures.map((signature) => ({ digest, ...signature })));
  for (const demand of demands) {
    if (demand.kind !== "sigstore") continue;
    const keys = demand.keys.map(readPublicKey);
    if (all.length === 0)
      throw denied(name, { reason: "trust.unsigned", why: "policy.json demands a signature, and it has none" });
    const claims = all.flatMap(({ digest, payload, signature }) => {
      const claim = verifyPayload(payload, signature, keys);
      return claim?.digest === digest ? [claim] : [];
    });
    if (claims.length === 0)
      throw denied(name, {
        reason: "trust.wrong_key",
        why: `none of its ${all.length} signatures is by a key of policy.json`,
      });
    if (!claims.some((claim) => matches(claim.reference, reference, demand.identity))) {
      const signed = claims.map((claim) => claim.reference).join(", ");
      throw denied(name, { reason: "trust.wrong_identity", why: `it is signed as ${signed}, not under this name` });
    }
  }
}

// containers-policy.json(5), "signedIdentity".
function matches(signed: string, reference: QualifiedReference, identity: SignedIdentity): boolean {
  const name = formatReference(reference);
  const repository = repositoryOf(reference);
  switch (identity.kind) {
    case "exact":
      return signed === name;
    case "repoDigestOrExact":
      return reference.digest === undefined ? signed === name : repositoryIn(signed) === repository;
    case "repository":
      return repositoryIn(signed) === repository;
    case "exactReference":
      return signed === identity.name;
    case "exactRepository":
      return repositoryIn(signed) === identity.name;
    case "remap": {
      const { prefix, signedPrefix } = identity;
      const below = name === prefix || (name.startsWith(prefix) && "/:@".includes(name.charAt(prefix.length)));
      const expected = below ? signedPrefix + name.slice(prefix.length) : name;
      return reference.digest === undefined ? signed === expected : repositoryIn(signed) === repositoryIn(expected);
    }
  }
}

/** A name without tag and digest. */
function repositoryIn(name: string): string {
  return name.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
}

function denied(name: string, { reason, why }: { reason: string; why: string }): EstibaError {
  return new EstibaError("denied", {
    reason,
    what: `${name} is not trusted: ${why}`,
    fix: "see policy.json below ~/.config/containers or /etc/containers, and containers-policy.json(5)",
  });
}

function unsupported(name: string, type: string): EstibaError {
  return new EstibaError("unsupported", {
    reason: "trust.unsupported",
    what: `policy.json demands ${type} of ${name}, which cannot be verified`,
    fix: "demand sigstoreSigned with a public key, or another rule for this name",
  });
}
