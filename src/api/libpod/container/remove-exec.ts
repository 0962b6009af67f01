import { findExec, removeExec as remove } from "../../../engine/exec-instance.ts";
import { Fields } from "../../docker/fields.ts";
import { type Call, ok, type Reply } from "../../http/call.ts";

/** `POST /libpod/exec/{id}/remove`: what clients since 4.8 do when a command has ended. */
export async function removeExec(call: Call): Promise<Reply> {
  const instance = findExec(call.engine, call.params["id"] ?? "");
  const body = new Fields(await call.json());
  remove(call.engine, instance, body.flag("Force"));
  return ok({});
}
