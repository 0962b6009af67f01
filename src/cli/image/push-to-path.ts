import type { PublicationOptions } from "../../engine/publication.ts";
import { prepareSave, saveArchive, saveFolder } from "../../engine/save.ts";
import type { Cli } from "../context.ts";
import { writeArchive } from "./archive-output.ts";

/**
 * Pushes to a place on this host, as containers-transports(5) names it: `oci`, `dir`, `oci-archive` or `docker-archive`, and a path that
 * may be followed by `:NAME` except with `dir`.
 */
export async function pushToPath(
  cli: Cli,
  image: string,
  [transport, place]: readonly [transport: string, place: string],
  options: PublicationOptions,
): Promise<void> {
  const colon = transport === "dir" ? -1 : place.indexOf(":");
  const path = colon < 0 ? place : place.slice(0, colon);
  const name = colon < 0 ? undefined : place.slice(colon + 1);
  await using prepared = await prepareSave(cli.engine(), [image], options);
  const images = prepared.images.map((entry) => (name === undefined ? entry : { ...entry, names: [name] }));
  const named = { ...prepared, images, [Symbol.asyncDispose]: () => Promise.resolve() };
  if (transport === "oci") await saveFolder(cli.engine(), named, { format: "oci-dir", path });
  else if (transport === "dir") await saveFolder(cli.engine(), named, { format: "docker-dir", path });
  else
    await writeArchive(
      saveArchive(cli.engine(), named, transport === "oci-archive" ? "oci-archive" : "docker-archive"),
      path,
    );
}
