import type { Engine } from "../../engine/engine.ts";
import type { Door } from "../door/routes.ts";
import type { Liveness } from "../manager/liveness.ts";
import type { Credentials } from "../remote/call.ts";
import { listenForNodes, type NodeServer } from "../remote/node-server.ts";
import { requireManager, writeIdentity } from "./identity.ts";

type Listening = {
  readonly engine: Engine;
  readonly open: DisposableStack;
  readonly address: string;
  readonly liveness: Liveness;
  readonly door: () => Door;
};

/** Where a manager is reached by other nodes: nowhere until it is told to listen, then there for good. */
export type Listener = {
  /** Listens, unless that is so already; gives where other nodes reach this one. */
  readonly listen: (where: string) => Promise<string>;
  readonly at: () => string | undefined;
  /** Proves itself by these from now on. */
  readonly renew: (credentials: Required<Credentials>) => void;
  /** Is called as soon as it listens. */
  readonly onListen: (told: () => Promise<void>) => void;
};

export function makeListener({ engine, open, address, liveness, door }: Listening): Listener {
  const state: { server?: NodeServer; beginning?: Promise<string>; told: () => Promise<void> } = {
    told: async () => await Promise.resolve(),
  };
  const begin = async (where: string): Promise<string> => {
    const server = open.use(await listenForNodes({ door: door(), liveness, listen: where, address }));
    // A port that was chosen stays the same from now on: nodes know it.
    const port = server.at.slice(server.at.lastIndexOf(":") + 1);
    writeIdentity(engine, { ...requireManager(engine), listen: where.replace(/:0$/, `:${port}`) });
    state.server = server;
    // They may have been renewed while it was made.
    server.renew(await door().credentials());
    await state.told();
    return server.at;
  };
  return {
    at: () => state.server?.at,
    renew: (credentials) => state.server?.renew(credentials),
    onListen: (told) => void (state.told = told),
    listen: async (where) => {
      state.beginning ??= begin(where);
      try {
        return await state.beginning;
      } catch (error) {
        // The port may be free the next time.
        delete state.beginning;
        throw error;
      }
    },
  };
}
