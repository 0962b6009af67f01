import { findCredentials } from "../../config/auth-file.ts";
import { parseReference } from "../../oci/reference.ts";
import { registryOptionsOf } from "../image/credentials.ts";

type RegistryValues = { readonly creds?: string | undefined; readonly authfile?: string | undefined };

/** The login of this machine's user for an image's registry, as the API takes it along; nothing for none. */
export async function registryLogin(image: string, values: RegistryValues): Promise<Record<string, string>> {
  const { domain = "docker.io", path } = parseReference(image);
  const { credentials, authFile } = registryOptionsOf({ ...values, "tls-verify": true });
  const found = credentials ?? (await findCredentials({ domain, path, environment: process.env, file: authFile }));
  if (found === undefined) return {};
  return { "X-Registry-Auth": Buffer.from(JSON.stringify({ ...found, serveraddress: domain })).toString("base64url") };
}
