import type { Stopped } from "../../engine/stop.ts";
import { signalName } from "../../host/signal.ts";
import type { Cli } from "../context.ts";

/**
 * Says why a stop took all of its time and ended with SIGKILL, and what helps: it is the most frequent reason for which a stop is slow. A
 * stop without any time was meant so.
 */
export function warnKilled(cli: Cli, { record, killed, seconds, signal }: Stopped): void {
  if (killed === undefined || seconds === 0) return;
  const name = signalName(signal);
  const within = `${name} failed to stop container ${record.name} in ${seconds} second${seconds === 1 ? "" : "s"}`;
  if (killed === "slow") {
    cli.warn(`${within}, resorting to SIGKILL: it handles the signal but took longer; give it more with --time`);
    return;
  }
  cli.warn(
    `${within}, resorting to SIGKILL: its first process does not handle ${name}, which the kernel then keeps from it; ` +
      "run it with --init, let its command handle the signal, or choose another with --stop-signal",
  );
}
