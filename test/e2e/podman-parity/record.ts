// Records the stories anew from a real Podman: `bun test/e2e/podman-parity/record.ts [STORY...]`, as root, where podman is installed.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../../fixtures/engine.ts";
import { type Player, play, prepare, readStory, storyNames, storyPath } from "./play.ts";
import { printStory } from "./story.ts";

const folder = mkdtempSync(join(tmpdir(), "podman-parity-"));
const [root, runRoot] = [join(folder, "root"), join(folder, "run")];
// The default limits are more than a machine without CAP_SYS_RESOURCE may set: podman would start nothing.
const config = join(folder, "containers.conf");
await Bun.write(
  config,
  '[containers]\ndefault_ulimits = ["nofile=1024:2048", "nproc=4096:4096"]\ninit_path = "/usr/bin/catatonit"\n',
);
const roots = ["--root", root, "--runroot", runRoot, "--tmpdir", join(folder, "tmp"), "--storage-driver", "overlay"];
const player: Player = {
  argv: ["/usr/bin/env", `CONTAINERS_CONF=${config}`, "/usr/bin/podman", ...roots],
  folder,
  places: [
    [root, "<root>"],
    [runRoot, "<runroot>"],
    [folder, "<folder>"],
  ],
};
const wanted = process.argv.slice(2);
try {
  await prepare(player);
  for (const name of wanted.length === 0 ? storyNames() : wanted) {
    await Bun.write(storyPath(name), printStory(await play(await readStory(name), player)));
    console.log(`recorded ${name}`);
  }
} finally {
  await runCommand([...player.argv, "rm", "-f", "-a", "-t", "0"]);
  await runCommand([...player.argv, "system", "reset", "--force"]);
  rmSync(folder, { recursive: true, force: true });
}
