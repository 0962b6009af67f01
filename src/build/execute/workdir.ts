import { EstibaError } from "../../lib/error.ts";
import { resolveUser } from "../../runtime/user.ts";
import { encodeEntry, endOfArchive } from "../../storage/tar/write-header.ts";
import type { WorkdirStep } from "../plan/step.ts";
import { folderPlace } from "./destination.ts";
import { byteName, Way } from "./way.ts";

/**
 * The folders of a WORKDIR that are not there yet, as an archive: they belong to the stage's user at that moment, mode 0755; those that are
 * there stay as they are. Throws `invalid` where a file has the name.
 */
export function* workdirArchive(
  rootFd: number,
  { path, user }: WorkdirStep,
  now: number,
): Generator<Uint8Array, void, undefined> {
  const place = folderPlace(rootFd, path);
  if (place.found === "file") {
    throw new EstibaError("invalid", {
      reason: "build.not_a_folder",
      what: `WORKDIR ${path}: that is a file`,
      fix: "choose another folder",
    });
  }
  if (place.missing.length > 0) {
    const { uid, gid } = resolveUser(rootFd, user, { groupAdd: [] });
    const make = (name: string): Uint8Array =>
      encodeEntry({
        type: "folder",
        name: byteName(name),
        linkName: "",
        mode: 0o755,
        uid,
        gid,
        modified: { seconds: now, nanoseconds: 0 },
        sizeBytes: 0,
        device: { major: 0, minor: 0 },
        xattrs: new Map(),
        segments: undefined,
      });
    yield* new Way(rootFd, { make }).to(place.path, place.missing);
  }
  yield endOfArchive();
}
