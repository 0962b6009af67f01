import type { RegistryOptions } from "../../engine/registry-session.ts";
import type { SigningKey } from "../../engine/sign-image.ts";
import { EstibaError } from "../../lib/error.ts";

/** The options that name a key to sign with. */
export const SIGN_OPTIONS = {
  "sign-by-sigstore-private-key": {
    kind: "string",
    value: "FILE",
    help: "Sign with this key (PEM)",
    complete: "file",
  },
  "sign-passphrase-file": {
    kind: "string",
    value: "FILE",
    help: "File with the passphrase of the key",
    complete: "file",
  },
} as const;

type SignValues = {
  readonly "sign-by-sigstore-private-key": string | undefined;
  readonly "sign-passphrase-file": string | undefined;
};

/** Signs what was pushed under a name, where the options name a key. */
export async function signPushed(
  name: string,
  values: SignValues,
  options: RegistryOptions & { readonly signal: AbortSignal },
): Promise<void> {
  if (values["sign-by-sigstore-private-key"] === undefined) return;
  const { signImage } = await import("../../engine/sign-image.ts");
  await signImage(name, { ...options, key: signingKey(values) });
}

/** The key that the options name. Throws `invalid` without one. */
export function signingKey(values: SignValues): SigningKey {
  const path = values["sign-by-sigstore-private-key"];
  if (path !== undefined) return { path, passphraseFile: values["sign-passphrase-file"] };
  throw new EstibaError("invalid", {
    reason: "cli.no_key",
    what: "no key is named",
    fix: "add --sign-by-sigstore-private-key FILE",
  });
}
