import { readFileSync, statSync } from "node:fs";
import { type Engine, openEngine } from "../engine/engine.ts";
import { sendDatagram } from "../host/datagram.ts";
import { EstibaError } from "../lib/error.ts";
import { Attached } from "./attached.ts";
import { Begun } from "./begun.ts";
import type { BuildFromWords, PlayFromWords, PodFromWords, Service, SpecFromWords } from "./http/call.ts";
import { makeRouter } from "./http/router.ts";
import { type ApiServer, makeServer, type TlsOptions } from "./http/server.ts";
import { type ListenAddress, parseListenAddress } from "./listen-address.ts";
import { startObserving } from "./observe/observers.ts";
import { ROUTES } from "./routes.ts";
import { listening, listenUnix } from "./unix-socket.ts";

/** What `system service` is asked for. */
export type ServeOptions = {
  readonly roots: Parameters<typeof openEngine>[0];
  readonly version: string;
  /** `unix:///PATH`, `tcp://HOST:PORT`, `fd://`; undefined: what systemd hands over, else a socket in the run root. */
  readonly address: string | undefined;
  /** Ends after so many seconds without a request; 0 never. */
  readonly idleSeconds: number;
  /** Whose members may use a unix socket, too. */
  readonly group: string | undefined;
  /** Files in PEM form; all of them are needed on TCP. */
  readonly tls: {
    readonly cert: string | undefined;
    readonly key: string | undefined;
    /** The CA that clients have a certificate of. */
    readonly clientCa: string | undefined;
  };
  readonly specFromWords: SpecFromWords;
  readonly buildFromWords: BuildFromWords;
  /** Where Prometheus finds metrics, `HOST:PORT` or `unix:///PATH`; undefined for none. */
  readonly metrics: string | undefined;
  readonly podFromWords: PodFromWords;
  readonly playFromWords: PlayFromWords;
  /** Ends the service. */
  readonly signal: AbortSignal;
};

/**
 * Answers requests of the API until the signal, or until nobody has asked anything for a while. Keeps nothing that the next process would
 * miss: killed and started again between two requests, nothing breaks. Throws `conflict` and `invalid` for the place to listen at.
 */
export async function serve(options: ServeOptions): Promise<void> {
  const engines = engineOfTheMoment(options.roots);
  const { runRoot } = engines().paths;
  const address = parseListenAddress(options.address, { environment: process.env, pid: process.pid, runRoot });
  const tls = address.kind === "tcp" ? readTls(options.tls, address) : undefined;
  const stop = new AbortController();
  await using held = new AsyncDisposableStack();
  const running: { server?: ApiServer } = {};
  const observers = await startObserving(
    {
      version: options.version,
      engine: engines,
      busy: () => running.server?.busy() ?? 0,
      metrics: options.metrics,
      environment: process.env,
    },
    held,
  );
  const service: Service = {
    engine: engines,
    version: options.version,
    attached: new Attached(),
    begun: new Begun(),
    specFromWords: options.specFromWords,
    buildFromWords: options.buildFromWords,
    podFromWords: options.podFromWords,
    playFromWords: options.playFromWords,
    signal: stop.signal,
  };
  const idle = idleTimer(options.idleSeconds, () => stop.abort());
  const server = makeServer(makeRouter(ROUTES), service, { idle, tls, observers });
  running.server = server;
  const end = (): void => stop.abort();
  options.signal.addEventListener("abort", end, { once: true });
  if (options.signal.aborted) end();
  using _place = await listen(server, address, options.group);
  idle.attach(server);
  tellReady();
  await aborted(stop.signal);
  server.net.close();
  server.close();
}

async function listen({ net }: ApiServer, address: ListenAddress, group: string | undefined): Promise<Disposable> {
  const nothing = { [Symbol.dispose]: () => undefined };
  switch (address.kind) {
    case "unix":
      return await listenUnix(net, address.path, group);
    case "fd":
      await listening(net, () => net.listen({ fd: address.fd }));
      return nothing;
    case "tcp":
      await listening(net, () => net.listen(address.port, address.host));
      return nothing;
  }
}

type Tcp = Extract<ListenAddress, { kind: "tcp" }>;

/** Throws `denied` unless all three are named: whoever gets in is root here. */
function readTls({ cert, key, clientCa }: ServeOptions["tls"], { host, port }: Tcp): TlsOptions {
  if (cert !== undefined && key !== undefined && clientCa !== undefined)
    return { cert: readPem(cert), key: readPem(key), ca: readPem(clientCa) };
  throw new EstibaError("denied", {
    reason: "api.plain_tcp",
    what: `cannot listen at tcp://${host}:${port}: whoever reaches it would be root here`,
    fix: "give --tls-cert, --tls-key and --tls-client-ca: only clients with a certificate of that CA get in",
  });
}

function readPem(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new EstibaError("not_found", {
      reason: "api.no_certificate",
      what: `cannot read "${path}"`,
      cause: error,
      fix: "name files in PEM form",
    });
  }
}

/** The engine, opened anew when its store has been replaced (`system reset`): else this process would go on with files that are gone. */
function engineOfTheMoment(roots: Parameters<typeof openEngine>[0]): () => Engine {
  const inodeOf = (engine: Engine): number | undefined => statSync(engine.paths.store, { throwIfNoEntry: false })?.ino;
  const first = openEngine(roots);
  const current = { engine: first, inode: inodeOf(first) };
  return () => {
    const inode = inodeOf(current.engine);
    if (inode !== current.inode && current.inode !== undefined) current.engine = openEngine(roots);
    current.inode = inode;
    return current.engine;
  };
}

type IdleTimer = (() => void) & { readonly attach: (server: ApiServer) => void };

function idleTimer(seconds: number, end: () => void): IdleTimer {
  const state: { server?: ApiServer; timer?: ReturnType<typeof setTimeout> } = {};
  const check = (): void => {
    if ((state.server?.busy() ?? 0) === 0) end();
  };
  const idle = (): void => {
    clearTimeout(state.timer);
    if (seconds > 0) state.timer = setTimeout(check, seconds * 1000);
  };
  return Object.assign(idle, {
    attach: (server: ApiServer) => {
      state.server = server;
      idle();
    },
  });
}

// sd_notify(3). What systemd has said to this process is not for the containers that it starts.
function tellReady(): void {
  const socket = process.env["NOTIFY_SOCKET"];
  if (socket !== undefined && socket !== "") sendDatagram(socket, "READY=1");
  for (const name of ["NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"]) delete process.env[name];
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
