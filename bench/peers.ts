import { join } from "node:path";
import { rootId } from "../src/network/root-id.ts";
import { output, type Place, waitFor } from "./process.ts";

/** One engine: how its commands begin. After that, the words are the same for all three. */
export type Peer = {
  readonly name: "estiba" | "podman" | "docker";
  readonly version: string;
  readonly argv: readonly string[];
  /** Words after `pull` that let it use a registry without TLS. */
  readonly pullFlags: readonly string[];
  /** Words after `rm -f` that make it kill at once. */
  readonly rmFlags: readonly string[];
  /** Where its daemon answers Docker's API; the others are started for that. */
  readonly socket?: string;
  /** How its Compose begins; podman brings none. */
  readonly compose?: readonly string[];
};

export type PeerName = Peer["name"];

/** Estiba's binary, as the build made it. */
export const BINARY: string = join(import.meta.dir, "../dist/estiba");
const PLAIN_HTTP = "--tls-verify=false";

/** What containers of docker's daemons are below. */
export const DOCKER_CGROUP = "bench-docker";

/** Where Estiba keeps what a reboot empties; its host-global names are made from it. */
export const ESTIBA_RUN_ROOT = "/run/estiba-bench";

/** Cgroups that the peers make at the top of a hierarchy. */
export const PEER_CGROUPS: readonly string[] = [`estiba-${rootId(ESTIBA_RUN_ROOT)}`, "libpod_parent", DOCKER_CGROUP];

/** Opens an engine in roots of its own; docker's daemon is started, and ends with the namespace. */
export async function openPeer(name: PeerName, place: Place): Promise<Peer> {
  if (name === "docker") return await openDocker(place);
  return name === "podman" ? openPodman(place) : openEstiba(place);
}

function openEstiba(place: Place): Peer {
  const argv = [BINARY, "--root", join(place.folder, "estiba"), "--runroot", ESTIBA_RUN_ROOT];
  const version = lastWord(output(place, [BINARY, "--version"]));
  return { name: "estiba", version, argv, pullFlags: [PLAIN_HTTP], rmFlags: [], compose: [...argv, "compose"] };
}

function openPodman(place: Place): Peer {
  const roots = ["--root", join(place.folder, "podman"), "--runroot", "/run/podman-bench"];
  const argv = ["podman", ...roots, "--cgroup-manager=cgroupfs", "--events-backend=file"];
  const version = lastWord(output(place, ["podman", "--version"]));
  // Without -t0 podman gives each container ten seconds to end by itself, and a sleep that is process 1 takes them all.
  return { name: "podman", version, argv, pullFlags: [PLAIN_HTTP], rmFlags: ["-t0"] };
}

async function openDocker(place: Place): Promise<Peer> {
  const socket = "/run/docker-bench.sock";
  const data = ["--data-root", join(place.folder, "docker"), "--exec-root", "/run/docker-bench"];
  const names = ["--pidfile", "/run/docker-bench.pid", "-H", `unix://${socket}`, `--cgroup-parent=/${DOCKER_CGROUP}`];
  const daemon = ["dockerd", ...data, ...names];
  const log = Bun.file(join(place.folder, "dockerd.log"));
  const child = Bun.spawn(daemon, { env: place.env, stdin: "ignore", stdout: log, stderr: log });
  const argv = ["/usr/bin/docker", "-H", `unix://${socket}`];
  await waitFor("dockerd", async () => {
    if (child.exitCode !== null) throw new Error(`dockerd ended: ${(await log.text()).slice(-2000)}`);
    return Bun.spawnSync([...argv, "info"], { env: place.env, stdio: ["ignore", "ignore", "ignore"] }).exitCode === 0;
  });
  const version = output(place, [...argv, "version", "--format={{.Server.Version}}"]).trim();
  // It colours names even where nobody sees them.
  const compose = ["docker-compose", "--no-ansi", "-H", `unix://${socket}`];
  return { name: "docker", version, argv, pullFlags: [], rmFlags: [], socket, compose };
}

function lastWord(text: string): string {
  return text.trim().split(" ").at(-1) ?? "";
}
