import { parseLoginPlace, tryLogin } from "../../engine/login.ts";
import { isEstibaError } from "../../lib/error.ts";
import { ApiError } from "../http/api-error.ts";
import { type Call, ok, type Reply } from "../http/call.ts";
import { Fields } from "./fields.ts";

/** What Docker means without an address. */
const HUB = "docker.io";

/** `POST /auth`: tried at the registry; the client keeps it, not the service. */
export async function auth(call: Call): Promise<Reply> {
  const body = new Fields(await call.json());
  const place = parseLoginPlace(body.text("serveraddress") ?? HUB);
  const credentials = { username: body.text("username") ?? "", password: body.text("password") ?? "" };
  try {
    await tryLogin(place, credentials, { signal: call.signal });
  } catch (error) {
    if (isEstibaError(error, "unauthenticated"))
      throw new ApiError(
        401,
        `login attempt to https://${place.domain}/v2/ failed: unauthorized: incorrect username or password`,
      );
    throw error;
  }
  return ok({ Status: "Login Succeeded", IdentityToken: "" });
}
