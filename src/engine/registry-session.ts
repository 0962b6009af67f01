import { type Credentials, findCredentials } from "../config/auth-file.ts";
import { loadCertificates } from "../config/certificates.ts";
import type { Place } from "../config/registries.ts";
import { type RegistryAccess, RegistrySession } from "../image/registry/session.ts";

/** How a user wants a registry to be reached. */
export type RegistryOptions = {
  /** `--creds`; else the auth files are asked. */
  readonly credentials?: Credentials | undefined;
  readonly authFile?: string | undefined;
  /** A folder of certificates, in place of the usual ones. */
  readonly certFolder?: string | undefined;
  /** true: a trusted certificate even on loopback; false: any certificate or plain HTTP; undefined: as registries.conf says. */
  readonly verifyTls?: boolean | undefined;
};

/** A conversation with the registry of a place about its repository, with the login and the certificates that are meant for it. */
export async function openSession(
  { domain, path, insecure }: Place,
  options: RegistryOptions,
  action: NonNullable<RegistryAccess["action"]>,
): Promise<RegistrySession> {
  const credentials =
    options.credentials ?? (await findCredentials({ domain, path, environment: process.env, file: options.authFile }));
  const tls =
    options.verifyTls === undefined ? (insecure ? "insecure" : "verify") : options.verifyTls ? "strict" : "insecure";
  const certificates = loadCertificates(domain, process.env, options.certFolder);
  return new RegistrySession({ domain, credentials, tls, certificates, action }, path);
}
