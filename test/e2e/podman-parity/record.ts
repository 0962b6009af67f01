// Records the stories anew from a real Podman: `bun test/e2e/podman-parity/record.ts [STORY...]`, as root, where podman and catatonit are
// installed. Each story has roots of its own.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../../fixtures/engine.ts";
import { play, prepare, readStory, storyNames, storyPath } from "./play.ts";
import { printStory } from "./story.ts";

// The default limits are more than a machine without CAP_SYS_RESOURCE may set: podman would start nothing.
const CONFIG =
  '[containers]\ndefault_ulimits = ["nofile=1024:2048", "nproc=4096:4096"]\ninit_path = "/usr/bin/catatonit"\n';

async function record(name: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "podman-parity-"));
  const [root, runRoot, config] = [join(folder, "root"), join(folder, "run"), join(folder, "containers.conf")];
  await Bun.write(config, CONFIG);
  const roots = ["--root", root, "--runroot", runRoot, "--tmpdir", join(folder, "tmp"), "--storage-driver", "overlay"];
  const argv = ["/usr/bin/env", `CONTAINERS_CONF=${config}`, "/usr/bin/podman", ...roots];
  const places = [
    [root, "<root>"],
    [runRoot, "<runroot>"],
    [folder, "<folder>"],
  ] as const;
  try {
    await prepare({ argv, folder, places });
    await Bun.write(storyPath(name), printStory(await play(await readStory(name), { argv, folder, places })));
    console.log(`recorded ${name}`);
  } finally {
    await runCommand([...argv, "rm", "-f", "-a", "-t", "0"]);
    await runCommand([...argv, "system", "reset", "--force"]);
    rmSync(folder, { recursive: true, force: true });
  }
}

const wanted = process.argv.slice(2);
for (const name of wanted.length === 0 ? storyNames() : wanted) await record(name);
