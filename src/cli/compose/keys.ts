import { takeKeys } from "../../host/terminal.ts";

/** What is asked for by keys while an `up` shows output. */
export type Keys = Disposable & {
  /** `d`: leave the containers running, and end. */
  readonly detach: Promise<"detach">;
  /** `w`, for the first time: watch source files. */
  readonly watch: Promise<void>;
};

export const KEYS_HINT = "d: detach, w: watch source files, Ctrl-C: stop\n";

/** Takes keys from the terminal at stdin until it is disposed; Ctrl-C stays what it is. */
export function readKeys(): Keys {
  const [detach, watch] = [Promise.withResolvers<"detach">(), Promise.withResolvers<void>()];
  const terminal = takeKeys(0);
  const note = (typed: Buffer): void => {
    for (const key of typed.toString().toLowerCase()) {
      if (key === "d") detach.resolve("detach");
      if (key === "w") watch.resolve();
    }
  };
  process.stdin.on("data", note);
  return {
    detach: detach.promise,
    watch: watch.promise,
    [Symbol.dispose]: () => {
      process.stdin.off("data", note);
      process.stdin.pause();
      terminal[Symbol.dispose]();
    },
  };
}
