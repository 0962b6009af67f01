import type { SecretUse } from "../../state/spec/secrets.ts";
import { SECRET_LABEL } from "../play/labels.ts";
import type { GenerateContext } from "./context.ts";

/** A secret as the key of a Secret: of the one that it came from, else of one with its own name. */
export function secretRef({ facts }: GenerateContext, { id, secret }: SecretUse): { name: string; key: string } {
  const from = facts.secret(id, secret)?.labels[SECRET_LABEL];
  return from === undefined || !secret.startsWith(`${from}.`)
    ? { name: secret, key: secret }
    : { name: from, key: secret.slice(from.length + 1) };
}
