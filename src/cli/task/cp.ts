import { posix } from "node:path";
import { tasksOf } from "../../cluster/reach/dial.ts";
import { intoItself, notAFolder, pathNotFound, refusedDevice } from "../../engine/copy/refusals.ts";
import type { Values } from "../command.ts";
import type { Cli } from "../context.ts";
import type { COPY_OPTIONS } from "../cp.ts";
import { type CopyEnd, endElsewhere, endHere, type Found } from "./copy-end.ts";
import { type NamedWord, placeElsewhere } from "./named-word.ts";

/** A path in one of the containers. */
type Place = { readonly end: CopyEnd; readonly path: string; readonly where: string; readonly containerId: string };

// As Go has them: a folder; a link; devices, fifos and sockets.
const FOLDER = 2 ** 31;
const LINK = 2 ** 27;
const OTHERS = [2 ** 26, 2 ** 25, 2 ** 24];

/** Copies from a task, or a container of this machine, to another one; what is copied streams through this process. */
export async function copyBetween(
  cli: Cli,
  values: Values<typeof COPY_OPTIONS>,
  named: readonly NamedWord[],
): Promise<number> {
  const engine = cli.engine();
  using clients = new DisposableStack();
  const [from, to] = named.map(({ name, path, place }): Place => {
    const elsewhere = placeElsewhere(engine, place);
    const containerId = place?.containerId ?? name;
    const end =
      elsewhere === undefined
        ? endHere(engine, containerId)
        : endElsewhere(clients.use(tasksOf(engine, elsewhere.nodeId)), containerId);
    return { end, containerId, path: path === "" ? "/" : path, where: `container ${name}` };
  });
  if (from === undefined || to === undefined) throw new Error("there are two sides");
  const source = await openSource(from, values["follow-link"]);
  const target = await openTarget(to, source, values.overwrite);
  // A folder would be read while it grows.
  const inside = `${posix.resolve("/", target.folder, target.name)}/`;
  if (
    from.containerId === to.containerId &&
    source.isFolder &&
    inside.startsWith(`${posix.resolve("/", source.path)}/`)
  )
    throw intoItself(from.path);
  const top = source.contents ? "." : posix.basename(source.path);
  const rename = target.name === "" || target.name === top ? {} : { [top]: target.name };
  const { archive, overwrite } = values;
  await to.end.write(target.folder, await from.end.read(source.path), { archive, overwrite, rename });
  return 0;
}

type Source = {
  /** Behind a link that is followed. */
  readonly path: string;
  readonly isFolder: boolean;
  /** Only what is in the folder. */
  readonly contents: boolean;
  /** Its own name; "" for contents. */
  readonly name: string;
};

async function openSource({ end, path, where }: Place, follow: boolean): Promise<Source> {
  const { found, whole } = await lookAt(end, path, follow);
  if (found === undefined) throw pathNotFound(path, where, "check the spelling of the path");
  if (OTHERS.some((bit) => has(found, bit))) throw refusedDevice(path, where);
  const isFolder = has(found, FOLDER);
  const name = posix.basename(path);
  const contents = isFolder && ["", ".", ".."].includes(name);
  return { path: contents ? path : whole, isFolder, contents, name: contents ? "" : name };
}

type Target = { readonly folder: string; readonly name: string };

/** By the rules of `cp` on one machine. */
async function openTarget({ end, path, where }: Place, source: Source, overwrite: boolean): Promise<Target> {
  const mustBeFolder = /(^|\/)\.{0,2}$/.test(path);
  const bare = path.replace(/\/+$/, "") || "/";
  const { found, whole } = await lookAt(end, bare, true);
  if (found === undefined) {
    if (mustBeFolder && (!source.isFolder || path.endsWith("."))) throw pathNotFound(path, where);
    return { folder: posix.dirname(bare), name: posix.basename(bare) };
  }
  if (has(found, FOLDER)) return { folder: bare, name: source.name };
  if (mustBeFolder || (source.isFolder && !overwrite)) throw notAFolder(path, where, source.isFolder);
  return { folder: posix.dirname(whole), name: posix.basename(whole) };
}

/** What is at a path; of a link that is followed, where it leads. */
async function lookAt(
  end: CopyEnd,
  path: string,
  follow: boolean,
): Promise<{ readonly found: Found | undefined; readonly whole: string }> {
  const found = await end.stat(path);
  if (!follow || found === undefined || !has(found, LINK)) return { found, whole: path };
  return { found: await end.stat(found.linkTarget), whole: found.linkTarget };
}

// Bits beyond the 31st are none for JavaScript's own operators.
function has({ mode }: Found, bit: number): boolean {
  return Math.floor(mode / bit) % 2 === 1;
}
