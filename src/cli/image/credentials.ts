import type { Credentials } from "../../config/auth-file.ts";
import type { RegistryOptions } from "../../engine/registry-session.ts";
import { EstibaError } from "../../lib/error.ts";

/** The options by which a registry is reached. */
export const REGISTRY_OPTIONS = {
  creds: { kind: "string", value: "USER:PASSWORD", help: "Log in to the registry with these" },
  authfile: { kind: "string", value: "FILE", help: "Look for credentials in this file only", complete: "file" },
  "cert-dir": { kind: "string", value: "DIR", help: "Folder of certificates for the registry", complete: "directory" },
  // What it asks for is so: there is no content trust here to be switched off.
  "disable-content-trust": { kind: "flag", on: true, help: "Docker's trust is never used", hidden: true },
  "tls-verify": { kind: "flag", on: true, help: "Insist on HTTPS with a trusted certificate (loopback may use HTTP)" },
} as const;

type RegistryValues = {
  readonly creds?: string | undefined;
  readonly authfile?: string | undefined;
  readonly "cert-dir"?: string | undefined;
  readonly "tls-verify": boolean;
};

/** How the options want a registry to be reached. Throws `invalid`. */
export function registryOptionsOf(values: RegistryValues): RegistryOptions {
  return {
    credentials: parseCredentials(values.creds),
    authFile: values.authfile,
    certFolder: values["cert-dir"],
    verifyTls: values["tls-verify"] ? undefined : false,
  };
}

/** `USER:PASSWORD` taken apart. Throws `invalid`; the error does not repeat it. */
function parseCredentials(text: string | undefined): Credentials | undefined {
  if (text === undefined) return undefined;
  const colon = text.indexOf(":");
  if (colon > 0) return { username: text.slice(0, colon), password: text.slice(colon + 1) };
  throw new EstibaError("invalid", {
    reason: "cli.bad_creds",
    what: "--creds has no user, or no password",
    fix: "write --creds USER:PASSWORD",
  });
}
