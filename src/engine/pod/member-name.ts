import { appendFileSync, closeSync, existsSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { must } from "../../host/errno.ts";
import { hasCode } from "../../lib/has-code.ts";
import { boundFile } from "../../runtime/bound-file.ts";
import type { ContainerRecord, ContainerSpec } from "../../state/container.ts";
import { acquireLockSync, type Lock } from "../../state/lock.ts";
import { joinedContainer } from "../../state/spec/namespaces.ts";
import type { Engine } from "../engine.ts";

/** Lets the members of a pod find one that starts by its name, as with Podman: at the address that they share. Nothing for other containers. */
export function addMemberName(engine: Engine, { name, spec }: ContainerRecord): void {
  const hosts = sharedHosts(engine, spec);
  // With --no-hosts the pod has none.
  if (hosts === undefined || !existsSync(hosts)) return;
  using _ = lockHosts(engine);
  appendFileSync(hosts, lineOf(name));
}

/** Takes the name of a member that has ended out again. Idempotent. */
export function removeMemberName(engine: Engine, { name, spec }: ContainerRecord): void {
  const hosts = sharedHosts(engine, spec);
  if (hosts === undefined) return;
  using _ = lockHosts(engine);
  try {
    removeLine(hosts, lineOf(name));
  } catch (error) {
    // Its pod has ended meanwhile.
    if (!hasCode(error, "ENOENT")) throw error;
  }
}

// The file is bound: it is written in place, and no reader finds it empty. Members may have written into it: each byte stays as it is.
function removeLine(path: string, line: string): void {
  const fd = openSync(path, "r+");
  try {
    const text = readFileSync(fd, "latin1");
    // The last one: what --add-host says stands further up.
    const at = `\n${text}`.lastIndexOf(`\n${line}`);
    if (at === -1) return;
    const length = writeSync(fd, text.slice(0, at) + text.slice(at + line.length), 0, "latin1");
    must("cannot shorten a pod's /etc/hosts", "ftruncate", fd, length);
  } finally {
    closeSync(fd);
  }
}

function sharedHosts(engine: Engine, { pod, network }: ContainerSpec): string | undefined {
  const owner = pod === undefined ? undefined : joinedContainer(network);
  return owner === undefined ? undefined : boundFile(join(engine.paths.bundles, owner), "/etc/hosts");
}

// One for all pods, which is held for an instant: one in the folder of a pod's bundle would make that anew after its end.
function lockHosts(engine: Engine): Lock {
  return acquireLockSync(join(engine.paths.locks, "hosts"));
}

function lineOf(name: string): string {
  return `127.0.0.1\t${name}\n`;
}
