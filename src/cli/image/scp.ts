import { existsSync } from "node:fs";
import { copyImage } from "../../engine/copy-image.ts";
import { type Engine, openEngine } from "../../engine/engine.ts";
import { ownName } from "../../engine/find-image.ts";
import { EstibaError } from "../../lib/error.ts";
import { type Command, defineCommand } from "../command.ts";
import type { Cli } from "../context.ts";
import { catchInterrupt } from "./interrupt.ts";
import { showProgress } from "./progress.ts";

export const command: Command = defineCommand({
  name: "image scp",
  summary: "Copy an image into the store of another root, or from there",
  usage: "[OPTIONS] [ROOT::]IMAGE [ROOT::[NAME]]",
  description:
    "A root is a folder as of --root, followed by ::, such as /srv/estiba::. Without one it is the store of this call. What is\nthere already is not copied again. To another machine: estiba save IMAGE | ssh HOST estiba load.",
  options: { quiet: { kind: "flag", short: "q", help: "Show no progress" } },
  args: [1, 2],
  complete: "image",
  examples: [
    ["estiba image scp app:1 /srv/estiba::", "into another root"],
    ["estiba image scp /srv/estiba::app:1", "from there"],
  ],
  async run(values, [source = "", target = "::"], cli) {
    using interrupt = catchInterrupt();
    const [fromRoot, image] = placeOf(source);
    const [toRoot, name] = placeOf(target);
    if (image === "") throw noImage(source);
    if (fromRoot === toRoot) throw sameRoot(source, target);
    const options = { name: name === "" ? undefined : ownName(name), signal: interrupt.signal };
    const stores = { from: engineOf(cli, fromRoot, "read"), to: engineOf(cli, toRoot, "write") };
    const copied = await showProgress(cli, copyImage(stores, image, options), values);
    const shown = copied.names.length === 0 ? [`sha256:${copied.image.id}`] : copied.names;
    cli.out(shown.map((one) => `Loaded image: ${one}\n`).join(""));
    return 0;
  },
});

/** The root before `::`, "" for the store of this call, and the name after it. */
function placeOf(text: string): [root: string, name: string] {
  const at = text.indexOf("::");
  if (at < 0) return ["", text];
  const root = text.slice(0, at);
  if (root === "" || /^(\/|\.\.?\/)/.test(root)) return [root, text.slice(at + 2)];
  throw new EstibaError("unsupported", {
    reason: "image.scp_host",
    what: `"${text}": only roots of this machine are reached by image scp`,
    fix: "send it yourself: estiba save IMAGE | ssh HOST estiba load",
  });
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
    fix: "write ROOT::IMAGE",
  });
}

function sameRoot(source: string, target: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "image.scp_same_root",
    what: `"${source}" and "${target}" are in the same store`,
    fix: "name another root: ROOT::",
  });
}
