import type { Credentials } from "../../../config/auth-file.ts";
import type { Call } from "../../http/call.ts";

/**
 * The login in `X-Registry-Auth`: base64 of JSON, of either alphabet, padded or not. Undefined for none, and for what cannot be read: then it
 * is tried without, as Docker does.
 */
export function registryAuth({ headers }: Pick<Call, "headers">): Credentials | undefined {
  const header = headers["x-registry-auth"];
  if (typeof header !== "string" || header === "") return undefined;
  const text = Buffer.from(header.replaceAll("-", "+").replaceAll("_", "/"), "base64").toString("utf8");
  try {
    const { username, password } = JSON.parse(text) as Record<string, unknown>;
    if (typeof username === "string" && typeof password === "string" && username !== "") return { username, password };
    return undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}
