import { existsSync } from "node:fs";
import { copyImage } from "../../engine/copy-image.ts";
import { type Engine, openEngine } from "../../engine/engine.ts";
import { ownName } from "../../engine/find-image.ts";
import { loadImages } from "../../engine/load.ts";
import { EstibaError } from "../../lib/error.ts";
import { type Command, defineCommand } from "../command.ts";
import type { Cli } from "../context.ts";
import { isHost } from "../ssh.ts";
import { catchInterrupt } from "./interrupt.ts";
import { showProgress } from "./progress.ts";
import { archiveStream } from "./push-to-path.ts";
import { loadThere, saveThere } from "./remote-store.ts";

export const command: Command = defineCommand({
  name: "image scp",
  summary: "Copy an image into another root or to another machine, or from there",
  usage: "[OPTIONS] [PLACE::]IMAGE [PLACE::[NAME]]",
  description:
    "A place is a folder as of --root, such as /srv/estiba, or a machine that ssh reaches and estiba is installed on:\n[USER@]HOST or ssh://[USER@]HOST:PORT. Without one it is the store of this call. Between roots, what is there already is\nnot copied again.",
  options: { quiet: { kind: "flag", short: "q", help: "Show no progress" } },
  args: [1, 2],
  complete: "image",
  examples: [
    ["estiba image scp app:1 /srv/estiba::", "into another root"],
    ["estiba image scp app:1 me@server::", "to another machine"],
    ["estiba image scp me@server::app:1", "from there"],
  ],
  async run(values, [source = "", target = "::"], cli) {
    using interrupt = catchInterrupt();
    const [from, image] = placeOf(source);
    const [to, name] = placeOf(target);
    if (image === "") throw noImage(source);
    if (from === to) throw sameStore(source, target);
    const job = { image, name: name === "" ? undefined : ownName(name), signal: interrupt.signal, quiet: values.quiet };
    cli.out(await copy(cli, { from, to }, job));
    return 0;
  },
});

type Job = {
  readonly image: string;
  readonly name: string | undefined;
  readonly signal: AbortSignal;
  readonly quiet: boolean;
};

/** Copies by the shortest way; gives what is printed of it. */
async function copy(cli: Cli, { from, to }: { from: string; to: string }, job: Job): Promise<string> {
  const { image, name, signal } = job;
  if (isHost(to)) {
    const archive = isHost(from)
      ? saveThere(from, image, { signal })
      : archiveStream(engineOf(cli, from, "read"), image, { name, signal });
    if (isHost(from) && name !== undefined) throw noNewName(name);
    return await loadThere(to, archive, { signal });
  }
  if (isHost(from)) {
    const stream = saveThere(from, image, { signal });
    const loaded = await showProgress(cli, loadImages(engineOf(cli, to, "write"), { stream }, { name, signal }), job);
    return loaded.map((one) => shown(one.image.id, one.names)).join("");
  }
  const stores = { from: engineOf(cli, from, "read"), to: engineOf(cli, to, "write") };
  const copied = await showProgress(cli, copyImage(stores, image, { name, signal }), job);
  return shown(copied.image.id, copied.names);
}

function shown(id: string, names: readonly string[]): string {
  return (names.length === 0 ? [`sha256:${id}`] : names).map((one) => `Loaded image: ${one}\n`).join("");
}

/** The place before `::`, "" for the store of this call, and the name after it. */
function placeOf(text: string): [place: string, name: string] {
  const at = text.lastIndexOf("::");
  if (at < 0) return ["", text];
  const place = text.slice(0, at);
  if (place === "" || isRoot(place) || isHost(place)) return [place, text.slice(at + 2)];
  throw new EstibaError("invalid", {
    reason: "image.scp_place",
    what: `"${place}" is neither a folder nor a machine`,
    fix: "write /FOLDER::, [USER@]HOST:: or ssh://[USER@]HOST:PORT::",
  });
}

function isRoot(place: string): boolean {
  return /^(\/|\.\.?\/)/.test(place);
}

function engineOf(cli: Cli, root: string, access: "read" | "write"): Engine {
  if (root === "") return cli.engine();
  // Opening makes a store: a misspelt one must not look like an empty one.
  if (access === "read" && !existsSync(root)) {
    throw new EstibaError("not_found", {
      reason: "image.scp_no_root",
      what: `there is no root "${root}"`,
      fix: "name the folder that --root names",
    });
  }
  return openEngine({ ...cli.globals, root });
}

function noImage(text: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "image.scp_no_image",
    what: `"${text}" names no image`,
    fix: "write PLACE::IMAGE",
  });
}

function sameStore(source: string, target: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "image.scp_same_root",
    what: `"${source}" and "${target}" are in the same store`,
    fix: "name another root or machine: PLACE::",
  });
}

function noNewName(name: string): EstibaError {
  return new EstibaError("unsupported", {
    reason: "image.scp_rename",
    what: `from one machine to another an image keeps its name; "${name}" cannot be given on the way`,
    fix: "leave the name out, and tag the image there",
  });
}
