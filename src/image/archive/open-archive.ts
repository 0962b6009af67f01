import type { Platform } from "../../oci/platform.ts";
import type { ImageSource } from "../source.ts";
import { dirImages } from "./dir-image.ts";
import { dockerImages } from "./docker-archive.ts";
import type { Members } from "./members.ts";
import { layoutImages } from "./oci-layout.ts";
import { badArchive } from "./tar-index.ts";

/** One image of an archive with the names it was saved under, as written there. */
export type ArchivedImage = {
  source: ImageSource;
  names: string[];
  /** Docker's archives mean docker.io by a short name, OCI layouts mean nothing by it. */
  shortNamesAt: "docker.io" | "localhost";
};

/** The images of an archive: an OCI layout where it is one, else a Docker archive. Throws `corrupt` (`image.bad_archive`). */
export async function archivedImages(members: Members, platform: Platform): Promise<ArchivedImage[]> {
  if (members.size("index.json") !== undefined && members.size("oci-layout") !== undefined) {
    return await layoutImages(members, platform);
  }
  if (members.size("version") !== undefined && members.size("manifest.json") !== undefined)
    return await dirImages(members);
  if (members.size("manifest.json") !== undefined) return await dockerImages(members);
  throw badArchive("it has neither index.json (OCI) nor manifest.json (Docker)");
}
