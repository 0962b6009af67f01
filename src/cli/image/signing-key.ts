import type { SigningKey } from "../../engine/sign-image.ts";
import { EstibaError } from "../../lib/error.ts";

/** The key that the options name. Throws `invalid` without one. */
export function signingKey(values: {
  readonly "sign-by-sigstore-private-key": string | undefined;
  readonly "sign-passphrase-file": string | undefined;
}): SigningKey {
  const path = values["sign-by-sigstore-private-key"];
  if (path !== undefined) return { path, passphraseFile: values["sign-passphrase-file"] };
  throw new EstibaError("invalid", {
    reason: "cli.no_key",
    what: "no key is named",
    fix: "add --sign-by-sigstore-private-key FILE",
  });
}
