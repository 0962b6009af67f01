import { findBinary } from "../../config/binary.ts";
import { hostUid } from "../../host/own-ids.ts";
import { type Owner, quadletFolders } from "../../kube/quadlet/folders.ts";
import { convertAll, type Outcome } from "../../kube/quadlet/generate.ts";

/** Whose files are meant: the system's for root, the caller's own otherwise. */
export function ownerOf(user: boolean): Owner {
  return { user, environment: process.env, uid: hostUid() };
}

/** All files that are there, as units. */
export function outcomes(user: boolean): Outcome[] {
  return convertAll(quadletFolders(ownerOf(user)), { binary: findBinary(undefined), user });
}

/** Whether root's files or a user's own are meant without being told. */
export function isUser(): boolean {
  return hostUid() !== 0;
}
