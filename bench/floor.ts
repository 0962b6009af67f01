import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Bench } from "./measures.ts";
import { ESTIBA_RUN_ROOT, type Peer } from "./peers.ts";
import { output, time } from "./process.ts";

const CONTAINER = "bench-floor";

/** A bundle that a bare `crun run` can start again and again. */
export type Floor = { readonly bundle: string; readonly container: string };

/**
 * Prepares the least that a container can cost here: the runtime spec that Estiba itself wrote for a container (so the same seccomp
 * filter, mounts and capabilities), over that container's mounted root and network, to be run by crun alone.
 */
export function prepareFloor({ place, small }: Bench, estiba: Peer): Floor {
  const id = output(place, [...estiba.argv, "run", "-d", "--name", CONTAINER, small, "sleep", "100000"]).trim();
  const folders = [ESTIBA_RUN_ROOT, join(place.folder, "estiba")].filter((folder) => existsSync(folder));
  const glob = new Bun.Glob("**/config.json");
  const found = folders
    .flatMap((cwd) => [...glob.scanSync({ cwd, absolute: true, dot: true })])
    .find((path) => path.includes(`/containers/${id}/`) && "ociVersion" in JSON.parse(readFileSync(path, "utf8")));
  if (found === undefined) throw new Error("the bundle of Estiba's container was not found");
  const spec = JSON.parse(readFileSync(found, "utf8"));
  spec.root.path = resolve(dirname(found), spec.root.path);
  spec.process = { ...spec.process, args: ["true"], terminal: false };
  spec.linux.cgroupsPath = `${spec.linux.cgroupsPath}-floor`;
  // The engine named the network by a descriptor of its own, gone by now; the container's first process is in it.
  const pid = readFileSync(join(found, "../pidfile"), "utf8").trim();
  for (const namespace of spec.linux.namespaces)
    if (namespace.type === "network") namespace.path = `/proc/${pid}/ns/net`;
  const bundle = join(place.folder, "floor");
  mkdirSync(bundle);
  writeFileSync(join(bundle, "config.json"), JSON.stringify(spec));
  return { bundle, container: CONTAINER };
}

/** One `crun run` from start to exit. */
export function measureFloor({ place, record }: Bench, { bundle }: Floor, round: number): void {
  record({ of: "floor", peer: "estiba", value: time(place, ["crun", "run", "-b", bundle, `bench-floor-${round}`]) });
}
