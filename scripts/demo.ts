// `npm run demo`: the main job on real input, from an image of Debian's busybox to a web server that answers, and everything gone again.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeImage } from "../test/fixtures/image.ts";
import { makeRedisImage } from "../test/fixtures/redis-image.ts";
import { startRegistry } from "../test/fixtures/registry.ts";
import { findLeftovers } from "./demo/leftovers.ts";
import { Shell } from "./demo/shell.ts";
import { tellShop } from "./demo/shop.ts";

const BINARY: string = join(import.meta.dir, "../dist/estiba");
const GREETING = "Hello from a container without a daemon.";

async function demo(folder: string): Promise<void> {
  // What the fixtures make lands in the demo's folder too.
  process.env["TMPDIR"] = folder;
  const runRoot = join(folder, "run");
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: folder,
    ESTIBA_ROOT: join(folder, "root"),
    ESTIBA_RUNROOT: runRoot,
  };
  const shell = new Shell({
    env,
    shown: new Map([
      [BINARY, "estiba"],
      [folder, "$DEMO"],
    ]),
  });
  console.log(`All of it happens below DEMO=${folder}\n`);
  await tellAndReset(shell, folder);
  const left = findLeftovers(folder, runRoot);
  if (left.length > 0) throw new Error(`this was left behind:\n${left.join("\n")}`);
  console.log(`\nNothing is left behind. All steps together took ${(shell.totalMs / 1000).toFixed(2)} s.`);
}

async function tellAndReset(shell: Shell, folder: string): Promise<void> {
  await using after = new AsyncDisposableStack();
  after.defer(async () => void (await shell.run([BINARY, "system", "reset", "--force"])));
  await tell(shell, folder);
}

async function tell(shell: Shell, folder: string): Promise<void> {
  const estiba = async (...words: string[]): Promise<string> => await shell.run([BINARY, ...words]);
  await using registry = await shell.step("# docker-registry on a free loopback port", () => startRegistry());
  const image = `${registry.host}/demo/bb:1`;
  const { layout } = await shell.step("# an image made from Debian's busybox-static", () =>
    makeImage(join(folder, "image"), { files: { "www/index.html": `${GREETING}\n` } }),
  );
  await shell.run(["skopeo", "copy", "-q", "--dest-tls-verify=false", `oci:${layout}:bb:1`, `docker://${image}`]);
  await estiba("pull", "--tls-verify=false", image);
  await estiba("images");
  await estiba("run", "--rm", image, "echo", "Hello from process 1");
  const port = freePort();
  // busybox httpd ignores SIGTERM as a first process; SIGKILL spares the wait.
  const server = [
    "--name",
    "web",
    "-p",
    `127.0.0.1:${port}:80`,
    "--stop-signal",
    "KILL",
    image,
    "httpd",
    "-fv",
    "-h",
    "/www",
  ];
  await estiba("run", "-d", ...server);
  await fetchPage(shell, `http://127.0.0.1:${port}/`);
  await estiba("logs", "web");
  await estiba("exec", "web", "ps");
  await estiba("ps", "--format", "{{.Names}}: {{.Status}}, {{.Ports}}");
  await estiba("inspect", "--format", "{{.State.Status}} {{.NetworkSettings.IPAddress}}", "web");
  await estiba("stop", "web");
  await estiba("rm", "web");
  await estiba("tag", image, "bb:1");
  const redis = await shell.step("# an image made from Debian's redis-tools", () =>
    makeRedisImage(join(folder, "redis")),
  );
  await estiba("load", "-q", "-i", redis.layout);
  await tellShop(shell, BINARY, freePort());
}

async function fetchPage(shell: Shell, url: string): Promise<void> {
  // The server may need a moment until it listens.
  const text = await shell.step(`# fetch ${url}`, async () => {
    for (const deadline = performance.now() + 5000; ; ) {
      try {
        return await (await fetch(url)).text();
      } catch (error) {
        if (performance.now() > deadline) throw new Error(`nothing answers at ${url}`, { cause: error });
        await Bun.sleep(10);
      }
    }
  });
  if (text.trim() !== GREETING) throw new Error(`the page is not the one the container serves: ${text}`);
  console.log(`  ${text.trim()}`);
}

/** A failed clean-up stands beside what failed before it. */
function describe(error: unknown): string {
  if (error instanceof SuppressedError) return `${describe(error.suppressed)}\nand then: ${describe(error.error)}`;
  return error instanceof Error ? error.message : String(error);
}

function freePort(): number {
  const probe = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = probe;
  probe.stop(true);
  return port;
}

// Ctrl-C ends the command that is running; that is an error like any other, and everything is put away.
process.on("SIGINT", () => console.error("interrupted"));
const folder = mkdtempSync(join(tmpdir(), "estiba-demo-"));
try {
  await demo(folder);
} catch (error) {
  console.error(`\nThe demo failed: ${describe(error)}`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
