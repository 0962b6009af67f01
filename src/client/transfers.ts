import { EstibaError } from "../lib/error.ts";
import type { ProgressLine } from "./answers.ts";
import { errorOfAnswer } from "./api-error.ts";

/** The lines of a transfer, until one says that it has failed: that is thrown. */
export async function* progressLines(lines: AsyncIterable<ProgressLine>): AsyncGenerator<ProgressLine, void> {
  for await (const line of lines) {
    const message = line.errorDetail?.message ?? line.error;
    if (message !== undefined) throw failure(message, line.errorDetail?.code);
    yield line;
  }
}

// Its status was sent before it was known.
function failure(message: string, code: number | undefined): EstibaError {
  const status = /not found|manifest unknown|does not exist/i.test(message)
    ? 404
    : /unauthorized|authentication required|denied/i.test(message)
      ? 401
      : 500;
  const error = errorOfAnswer(status, JSON.stringify({ message }));
  return new EstibaError(error.code, {
    reason: error.reason,
    what: error.message,
    details: code === undefined ? {} : { exitCode: code },
  });
}

const PHASES: Readonly<Record<string, LayerStep["phase"]>> = {
  "Already exists": "present",
  "Layer already exists": "present",
  Downloading: "transferring",
  Pushing: "transferring",
  "Pulling fs layer": "transferring",
  Extracting: "unpacking",
  "Pull complete": "done",
  Pushed: "done",
};

/** What happens to a layer; `layer` is the beginning of its digest. */
export type LayerStep = {
  readonly layer: string;
  readonly phase: "present" | "transferring" | "unpacking" | "done";
  readonly currentBytes: number;
  readonly totalBytes: number;
};

/** What a line of progress says of a layer; undefined for one that says something else. */
export function layerStep({ id, status = "", progressDetail }: ProgressLine): LayerStep | undefined {
  const phase = PHASES[status];
  if (id === undefined || phase === undefined) return undefined;
  const { current = 0, total = 0 } = progressDetail ?? {};
  return { layer: id, phase, currentBytes: current, totalBytes: total };
}

/** An image's name apart: what stands before the tag or digest, and that; `latest` for none. */
export function splitReference(reference: string): { readonly name: string; readonly tag: string } {
  const at = reference.indexOf("@");
  if (at >= 0) return { name: reference.slice(0, at), tag: reference.slice(at + 1) };
  const colon = reference.lastIndexOf(":");
  if (colon > reference.lastIndexOf("/")) return { name: reference.slice(0, colon), tag: reference.slice(colon + 1) };
  return { name: reference, tag: "latest" };
}

/** A name in a path: its slashes stay, all else that would mean something does not. */
export function inPath(name: string): string {
  return encodeURIComponent(name).replaceAll("%2F", "/").replaceAll("%3A", ":").replaceAll("%40", "@");
}
