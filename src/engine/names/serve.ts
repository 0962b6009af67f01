import { mkdirSync, readFileSync, renameSync, rmSync, statSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { moveToCgroup } from "../../host/cgroup-mode.ts";
import { folderNames } from "../../host/folder-names.ts";
import { ownProcess } from "../../host/process.ts";
import { hasCode } from "../../lib/has-code.ts";
import { serveAddress } from "../../network/dns/server.ts";
import { Upstream } from "../../network/dns/upstream.ts";
import { makeZone, type NamedContainer, type SharedNames, type Zone } from "../../network/dns/zone.ts";
import { takeLock } from "../../state/lock.ts";
import type { Engine } from "../engine.ts";
import { addressList } from "../own-network.ts";
import { cgroupParent } from "../runtime-places.ts";
import { clusterNamesFile, listeningFile, namesFile, namesFolder, namesLock } from "./paths.ts";
import type { Listening } from "./wake.ts";

/** After the last container; another one often follows soon. */
const GRACE_MS = 3_000;
/** An address whose port is taken may become free. */
const RETRY_MS = 2_000;
const IDLE_MS = 60_000;
/** Two changes within one tick of the kernel's clock (10 ms at most) have the same time. */
const TICK_MS = 20;

/**
 * The resolver of one run root: answers names on the gateways of networks with containers, until there are none, or the signal is
 * aborted. At once over when another one runs already.
 */
export async function runNames(engine: Engine, signal: AbortSignal): Promise<void> {
  await moveToCgroup(process.pid, `${cgroupParent(engine)}/names`);
  do {
    if (!(await serveOnce(engine, signal))) return;
    // Who came while we still held the lock, but had stopped looking, counts on us.
  } while (!signal.aborted && folderNames(namesFolder(engine)).length > 0);
}

/** False when another resolver has the lock. */
async function serveOnce(engine: Engine, signal: AbortSignal): Promise<boolean> {
  using lock = await takeLock(namesLock(engine));
  if (lock === undefined) return false;
  mkdirSync(namesFolder(engine), { recursive: true, mode: 0o700 });
  const names = new NamesCache(engine);
  const bell = new Bell();
  const inotify = watch(namesFolder(engine), () => {
    names.invalidate();
    bell.ring();
  });
  signal.addEventListener("abort", () => bell.ring());
  using upstream = new Upstream();
  using addresses = new Addresses(engine, { zone: () => names.zone(), upstream });
  try {
    for (let idle = false; !signal.aborted; ) {
      names.invalidate();
      const wanted = gatewaysOf(names.zone());
      await addresses.serve(wanted);
      if (wanted.size === 0 && idle) break;
      idle = wanted.size === 0;
      await bell.wait(idle ? GRACE_MS : addresses.hasFailed() ? RETRY_MS : IDLE_MS);
    }
  } finally {
    inotify.close();
    rmSync(listeningFile(engine), { force: true });
  }
  return true;
}

function gatewaysOf(zone: Zone): Set<string> {
  const endpoints = [...zone.bySource.values()].flatMap((container) => container.endpoints);
  return new Set(endpoints.flatMap(({ gateway, gateway6 }) => addressList(gateway, gateway6)));
}

/** The addresses that are served, and those that cannot be. */
class Addresses implements Disposable {
  readonly #served = new Map<string, Disposable>();
  readonly #failed = new Map<string, string>();
  readonly #engine: Engine;
  readonly #context: Parameters<typeof serveAddress>[1];
  #written = "";

  constructor(engine: Engine, context: Parameters<typeof serveAddress>[1]) {
    this.#engine = engine;
    this.#context = context;
  }

  hasFailed(): boolean {
    return this.#failed.size > 0;
  }

  async serve(wanted: ReadonlySet<string>): Promise<void> {
    for (const [address, server] of this.#served) {
      if (wanted.has(address)) continue;
      server[Symbol.dispose]();
      this.#served.delete(address);
    }
    this.#failed.clear();
    for (const address of wanted) {
      if (this.#served.has(address)) continue;
      try {
        this.#served.set(address, await serveAddress(address, this.#context));
      } catch (error) {
        if (!hasCode(error, "EADDRINUSE", "EADDRNOTAVAIL", "EACCES", "EPERM")) throw error;
        const taken = hasCode(error, "EADDRINUSE");
        this.#failed.set(address, taken ? "another name server of this host has port 53" : String(error));
      }
    }
    this.#write();
  }

  [Symbol.dispose](): void {
    for (const server of this.#served.values()) server[Symbol.dispose]();
  }

  #write(): void {
    const process_ = ownProcess();
    const listening: Listening = {
      process: process_,
      served: [...this.#served.keys()],
      failed: Object.fromEntries(this.#failed),
    };
    const text = JSON.stringify(listening);
    if (text === this.#written) return;
    this.#written = text;
    const draft = join(this.#engine.paths.names, `listening.${process_.pid}`);
    writeFileSync(draft, text, { mode: 0o600 });
    renameSync(draft, listeningFile(this.#engine));
  }
}

/** The files of all containers, read again when they have changed. */
class NamesCache {
  readonly #engine: Engine;
  readonly #read = new Map<string, { version: string; container: NamedContainer }>();
  #zone: Zone = makeZone([]);
  #version = "";
  #stale = true;
  #shared: { readonly version: string; readonly names: readonly SharedNames[] } = { version: "", names: [] };

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  invalidate(): void {
    this.#stale = true;
  }

  /** As the files are at this moment: a container that was written down before it began is found by its first question. */
  zone(): Zone {
    const version = versionOf(statSync(namesFolder(this.#engine)));
    const shared = this.#readShared();
    if (!this.#stale && version === this.#version && !shared) return this.#zone;
    this.#stale = false;
    this.#version = version;
    const ids = new Set(folderNames(namesFolder(this.#engine)));
    for (const id of this.#read.keys()) if (!ids.has(id)) this.#read.delete(id);
    for (const id of ids) this.#readOne(id);
    const containers = [...this.#read.values()].map(({ container }) => container);
    this.#zone = makeZone(containers, this.#shared.names);
    return this.#zone;
  }

  /** True when the names of the cluster's services have changed. */
  #readShared(): boolean {
    const path = clusterNamesFile(this.#engine);
    const stat = statSync(path, { throwIfNoEntry: false });
    const version = stat === undefined ? "" : versionOf(stat);
    if (version === this.#shared.version) return false;
    try {
      const names = version === "" ? [] : (JSON.parse(readFileSync(path, "utf8")) as SharedNames[]);
      this.#shared = { version, names };
    } catch (error) {
      // It went between the two looks.
      if (!hasCode(error, "ENOENT")) throw error;
      this.#shared = { version: "", names: [] };
    }
    return true;
  }

  #readOne(id: string): void {
    const path = namesFile(this.#engine, id);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) this.#read.delete(id);
    if (stat === undefined) return;
    const version = versionOf(stat);
    if (this.#read.get(id)?.version === version) return;
    try {
      this.#read.set(id, { version, container: JSON.parse(readFileSync(path, "utf8")) as NamedContainer });
    } catch (error) {
      // It ended between the two looks.
      if (!hasCode(error, "ENOENT")) throw error;
    }
  }
}

/**
 * Differs from one state of a file or folder to the next: every writing makes a new file, which may get the number of one that went. Of what
 * has changed just now it never is the same twice, because the next change may have the same time.
 */
function versionOf({ ino, ctimeMs }: { readonly ino: number; readonly ctimeMs: number }): string {
  const isSettled = Date.now() > ctimeMs + TICK_MS;
  return `${ino} ${ctimeMs}${isSettled ? "" : ` ${performance.now()}`}`;
}

/** Wakes whoever waits; a ring while nobody does is not lost. */
class Bell {
  #rung = Promise.withResolvers<void>();

  ring(): void {
    this.#rung.resolve();
  }

  async wait(timeoutMs: number): Promise<void> {
    const timeout = Promise.withResolvers<void>();
    const timer = setTimeout(timeout.resolve, timeoutMs);
    await Promise.race([this.#rung.promise, timeout.promise]);
    clearTimeout(timer);
    this.#rung = Promise.withResolvers<void>();
  }
}
