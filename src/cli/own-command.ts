import { findBinary } from "../config/binary.ts";
import type { Globals } from "./context.ts";

/** The words of a command of this very engine, without its verb. */
export function ownCommand({ root, runRoot, runtime }: Globals): string[] {
  return [
    findBinary(undefined),
    ...(root === undefined ? [] : ["--root", root]),
    ...(runRoot === undefined ? [] : ["--runroot", runRoot]),
    ...(runtime === undefined ? [] : ["--runtime", runtime]),
  ];
}
