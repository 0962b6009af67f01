import { digestHex, digestOf } from "../../oci/digest.ts";
import { MAX_DOCUMENT_BYTES, parseManifest } from "../../oci/manifest.ts";
import type { Members } from "./members.ts";
import type { ArchivedImage } from "./open-archive.ts";
import { badArchive } from "./tar-index.ts";

/** The image of a `dir:` folder (containers-transports(5)), which has no name. Throws `corrupt` (`image.bad_archive`). */
export async function dirImages(members: Members): Promise<ArchivedImage[]> {
  const bytes = await members.read("manifest.json", MAX_DOCUMENT_BYTES);
  const manifest = parseManifest(bytes, undefined);
  if (manifest.kind !== "manifest") throw badArchive("it holds a list of images, not one image");
  return [
    {
      source: {
        manifest,
        manifestDigest: digestOf(bytes),
        documents: [bytes],
        open: (blob) => members.stream(digestHex(blob.digest)),
      },
      names: [],
      shortNamesAt: "localhost",
    },
  ];
}
