import { type FoundImage, findImage } from "../../../engine/find-image.ts";
import { isEstibaError } from "../../../lib/error.ts";
import { formatReference, isQualified, parseReference, qualify } from "../../../oci/reference.ts";
import { ApiError } from "../../http/api-error.ts";
import type { Call } from "../../http/call.ts";

/** The image that the path names. Throws 404 in Docker's words. */
export function namedImage(call: Call): FoundImage {
  return imageCalled(call, call.params["name"] ?? "");
}

/** The image of that name or id. Throws 404 in Docker's words. */
export function imageCalled({ engine }: Pick<Call, "engine">, name: string): FoundImage {
  try {
    return findImage(engine, name);
  } catch (error) {
    if (isEstibaError(error, "not_found")) throw new ApiError(404, `No such image: ${name}`);
    throw error;
  }
}

/**
 * What Docker's clients mean by a name: without a registry that of Docker's, where the command line would say localhost. A tag or a digest of
 * its own stands in place of what the name has.
 */
export function dockersName(name: string, tag?: string): string {
  const { tag: _tag, digest: _digest, ...bare } = parseReference(name);
  const reference =
    tag === undefined
      ? parseReference(name)
      : parseReference(`${formatReference(bare)}${tag.includes(":") ? "@" : ":"}${tag}`);
  return formatReference(isQualified(reference) ? reference : qualify(reference, "docker.io"));
}
