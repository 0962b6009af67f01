import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { EstibaError } from "../lib/error.ts";
import { hasCode } from "../lib/has-code.ts";

/** PEM texts: authorities to trust besides the host's, and a certificate to show. */
export type HostCertificates = {
  readonly ca: readonly string[];
  readonly client?: { readonly cert: string; readonly key: string };
};

/**
 * The certificates for one registry (containers-certs.d(5)): `*.crt` are authorities, `*.cert` with the `*.key` of the same name is the
 * client's own. The first folder that has some counts: `--cert-dir`, the user's, the system's, Docker's. Undefined where there are none.
 * Throws `invalid` for a client certificate without its key, and the reverse; `not_found` for a `--cert-dir` that is not there.
 */
export function loadCertificates(
  domain: string,
  environment: Readonly<Record<string, string | undefined>>,
  folder?: string,
): HostCertificates | undefined {
  if (folder !== undefined) return readFolder(folder, true);
  const home = environment["HOME"];
  const parents = [
    ...(home === undefined ? [] : [join(home, ".config/containers/certs.d")]),
    "/etc/containers/certs.d",
    "/etc/docker/certs.d",
  ];
  for (const parent of parents) {
    const found = readFolder(join(parent, domain), false);
    if (found !== undefined) return found;
  }
  return undefined;
}

function readFolder(folder: string, required: boolean): HostCertificates | undefined {
  let names: string[];
  try {
    names = readdirSync(folder).toSorted();
  } catch (error) {
    if (!required && hasCode(error, "ENOENT", "ENOTDIR", "EACCES")) return undefined;
    throw new EstibaError("not_found", {
      reason: "config.no_certificates",
      what: `cannot read the certificates in "${folder}"`,
      cause: error,
      fix: "name a folder with .crt, .cert and .key files",
    });
  }
  const read = (name: string): string => readFileSync(join(folder, name), "utf8");
  const ca = names.filter((name) => name.endsWith(".crt")).map(read);
  const [cert] = names.filter((name) => name.endsWith(".cert"));
  const [key] = names.filter((name) => name.endsWith(".key"));
  const missing = cert === undefined ? key : key === undefined || !names.includes(keyOf(cert)) ? cert : undefined;
  if (missing !== undefined) {
    throw new EstibaError("invalid", {
      reason: "config.half_certificate",
      what: `"${join(folder, missing)}" has no counterpart: a client's certificate is NAME.cert with NAME.key`,
      fix: "add the other file, or remove this one",
    });
  }
  if (cert !== undefined) return { ca, client: { cert: read(cert), key: read(keyOf(cert)) } };
  return ca.length === 0 ? undefined : { ca };
}

function keyOf(cert: string): string {
  return cert.replace(/\.cert$/, ".key");
}
