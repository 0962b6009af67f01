import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Place, waitFor } from "./process.ts";

/** A docker-registry of our own on a free loopback port; it ends when disposed. */
export type Registry = AsyncDisposable & { readonly address: string };

/** Starts Debian's docker-registry with its files in the given folder. */
export async function startRegistry(place: Place): Promise<Registry> {
  const folder = join(place.folder, "registry");
  mkdirSync(folder, { recursive: true });
  const address = `127.0.0.1:${freePort()}`;
  const config = {
    version: "0.1",
    log: { level: "error" },
    storage: { filesystem: { rootdirectory: folder } },
    http: { addr: address },
  };
  const path = join(place.folder, "registry.yml");
  // JSON is YAML too.
  await Bun.write(path, JSON.stringify(config));
  const log = Bun.file(join(place.folder, "registry.log"));
  const child = Bun.spawn(["docker-registry", "serve", path], {
    env: place.env,
    stdin: "ignore",
    stdout: log,
    stderr: log,
  });
  await waitFor("the registry", async () => {
    if (child.exitCode !== null) throw new Error(`docker-registry ended: ${await log.text()}`);
    return await answers(`http://${address}/v2/`);
  });
  return {
    address,
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.exited;
    },
  };
}

function freePort(): number {
  const probe = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = probe;
  probe.stop(true);
  return port;
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ECONNREFUSED") return false;
    throw error;
  }
}
