import { EstibaError } from "../../lib/error.ts";

/** A signal that Ctrl-C and SIGTERM abort, for as long as it is not disposed; a second Ctrl-C ends the process as usual. */
export type Interrupt = Disposable & { readonly signal: AbortSignal };

/** Catches the next SIGINT or SIGTERM, so that work in flight can be undone before the command ends. */
export function catchInterrupt(): Interrupt {
  const controller = new AbortController();
  const release = (): void => {
    process.off("SIGINT", abort);
    process.off("SIGTERM", abort);
  };
  const abort = (): void => {
    release();
    controller.abort(interrupted());
  };
  process.on("SIGINT", abort);
  process.on("SIGTERM", abort);
  return { signal: controller.signal, [Symbol.dispose]: release };
}

/** What a command ends with that a signal has ended. */
export function interrupted(): EstibaError {
  return new EstibaError("cancelled", { reason: "cli.interrupted", what: "interrupted" });
}
