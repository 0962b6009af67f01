import type { Engine } from "../../engine/engine.ts";
import { Attached } from "../attached.ts";
import { Begun } from "../begun.ts";
import type { Service } from "../http/call.ts";
import { makeRouter } from "../http/router.ts";
import { makeServer } from "../http/server.ts";
import { listenUnix } from "../unix-socket.ts";
import { TASK_ROUTES } from "./routes.ts";

type Serving = Omit<Service, "engine" | "attached" | "begun"> & { readonly engine: Engine; readonly path: string };

/** Answers what managers of the cluster ask about tasks of this node, at a path, for root only, until the signal; resolves when it does. */
export async function serveTasks({ engine, path, ...service }: Serving): Promise<void> {
  const { signal } = service;
  const within: Service = { ...service, engine: () => engine, attached: new Attached(), begun: new Begun() };
  const server = makeServer(makeRouter(TASK_ROUTES), within, { idle: () => undefined, tls: undefined, observers: [] });
  const place = await listenUnix(server.net, path, undefined);
  const end = (): void => {
    place[Symbol.dispose]();
    server.net.close();
    server.close();
  };
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
}
