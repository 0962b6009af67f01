import { EstibaError } from "../../../lib/error.ts";
import { badOption } from "../bad-option.ts";

/** Which of the container's streams are this command's. */
export type Streams = { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };

const NAMES = ["stdin", "stdout", "stderr"];

/** The values of `--attach`; none stand for all. Throws `invalid`, also for `--detach` together with it and with `--rmi`. */
export function attachedStreams(values: {
  readonly attach: readonly string[];
  readonly detach: boolean;
  readonly rmi: boolean;
}): Streams {
  const { attach, detach, rmi } = values;
  if (detach && (attach.length > 0 || rmi)) {
    const option = rmi ? "--rmi" : "--attach";
    throw new EstibaError("invalid", {
      reason: "cli.detached_option",
      what: `${option} and --detach cannot be used together: nobody is there when the container ends`,
      fix: `leave out one of the two`,
    });
  }
  const wanted = attach.map((name) => name.toLowerCase());
  const wrong = wanted.find((name) => !NAMES.includes(name));
  if (wrong !== undefined) throw badOption("--attach", wrong, "one of stdin, stdout and stderr");
  const has = (name: string): boolean => wanted.length === 0 || wanted.includes(name);
  return { stdin: has("stdin"), stdout: has("stdout"), stderr: has("stderr") };
}
