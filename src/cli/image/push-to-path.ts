import type { Engine } from "../../engine/engine.ts";
import type { PublicationOptions } from "../../engine/publication.ts";
import { type Prepared, prepareSave, saveArchive, saveFolder } from "../../engine/save.ts";
import type { Cli } from "../context.ts";
import { writeArchive } from "./archive-output.ts";

/** The archive of an image as `save` writes it, under its own names or another one. Throws `not_found`. */
export async function* archiveStream(
  engine: Engine,
  image: string,
  { name, ...options }: PublicationOptions & { readonly name: string | undefined },
): AsyncGenerator<Uint8Array> {
  await using prepared = await prepareSave(engine, [image], options);
  yield* saveArchive(engine, renamed(prepared, name), "docker-archive");
}

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
  const named = renamed(prepared, name);
  if (transport === "oci") await saveFolder(cli.engine(), named, { format: "oci-dir", path });
  else if (transport === "dir") await saveFolder(cli.engine(), named, { format: "docker-dir", path });
  else
    await writeArchive(
      saveArchive(cli.engine(), named, transport === "oci-archive" ? "oci-archive" : "docker-archive"),
      path,
    );
}

/** The same, disposed by whoever has prepared it. */
function renamed({ images }: Prepared, name: string | undefined): Prepared {
  return {
    images: images.map((entry) => (name === undefined ? entry : { ...entry, names: [name] })),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
