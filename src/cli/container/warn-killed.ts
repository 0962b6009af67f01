import type { KillReason, Stopped } from "../../engine/stop.ts";
import { signalName } from "../../host/signal.ts";
import type { Cli } from "../context.ts";

/**
 * Says why a stop took all of its time and ended with SIGKILL, and what helps: it is the most frequent reason for which a stop is slow. A
 * stop without any time was meant so.
 */
export function warnKilled(cli: Cli, { record, killed, seconds, signal }: Stopped): void {
  if (killed === undefined || seconds === 0) return;
  const name = signalName(signal);
  const what = `${name} failed to stop container ${record.name} in ${seconds} second${seconds === 1 ? "" : "s"}`;
  const { why, fix } = explain(killed, name);
  cli.warn(`${what}, resorting to SIGKILL: ${why}\n  ${fix}`);
}

function explain(killed: KillReason, name: string): { why: string; fix: string } {
  switch (killed) {
    case "unhandled":
      return {
        why: "its first process has no handler for it",
        fix: `run it with --init, or let its command handle ${name} or another --stop-signal`,
      };
    case "ignored":
      return {
        why: "its first process ignores it",
        fix: "run it with another --stop-signal, such as HUP for a shell",
      };
    case "slow":
      return {
        why: "it handles it, but took longer",
        fix: "give it more --time, or run it with a longer --stop-timeout",
      };
  }
}
