import { fstatSync, openSync } from "node:fs";
import { EstibaError } from "../../../lib/error.ts";
import { hasCode } from "../../../lib/has-code.ts";
import type { Values } from "../../command.ts";
import { badOption } from "../bad-option.ts";

/** Descriptors of the caller that the command gets: options of `run` and `exec`, as Podman names them. */
export const PRESERVE_OPTIONS = {
  "preserve-fd": { kind: "list", value: "FD[,FD...]", help: "Pass these descriptors to the command" },
  "preserve-fds": { kind: "integer", value: "N", help: "Pass N further descriptors, from 3 on, to the command" },
} as const;

/**
 * The descriptors from 3 on, each at its own place; /dev/null in a gap, which would otherwise show what the runtime opens there. Throws
 * `invalid` for one that is not open.
 */
export function passedDescriptors(values: Values<typeof PRESERVE_OPTIONS>): number[] {
  const count = values["preserve-fds"] ?? 0;
  if (count === 0 && values["preserve-fd"].length === 0) return [];
  if (count < 0) throw badOption("--preserve-fds", String(count), "a number of descriptors");
  const named = values["preserve-fd"].flatMap((text) => text.split(",")).map(parseDescriptor);
  if (count > 0 && named.length > 0)
    throw badOption(
      "--preserve-fd",
      named.join(","),
      "possible together with --preserve-fds",
      "leave out one of the two",
    );
  const wanted = new Set(count > 0 ? Array.from({ length: count }, (_, index) => 3 + index) : named);
  for (const fd of wanted) if (!isOpen(fd)) throw notOpen(fd);
  const highest = Math.max(2, ...wanted);
  const gap = wanted.size < highest - 2 ? openSync("/dev/null", "r") : -1;
  return Array.from({ length: highest - 2 }, (_, index) => (wanted.has(3 + index) ? 3 + index : gap));
}

function parseDescriptor(text: string): number {
  const fd = Number(text);
  if (/^\d+$/.test(text) && fd > 2 && fd < 1024) return fd;
  throw badOption("--preserve-fd", text, "the number of a descriptor, 3 or above");
}

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch (error) {
    if (hasCode(error, "EBADF")) return false;
    throw error;
  }
}

function notOpen(fd: number): EstibaError {
  return new EstibaError("invalid", {
    reason: "cli.closed_descriptor",
    what: `the descriptor ${fd} is not open, so it cannot be passed on`,
    fix: `open it for this command, such as: ${fd}< FILE`,
  });
}
