import { EstibaError } from "../../lib/error.ts";

/** The error for a path at which there is nothing. */
export function pathNotFound(
  path: string,
  where: string,
  fix = "a file gets a new name only in a folder that is there",
): EstibaError {
  return new EstibaError("not_found", {
    reason: "copy.not_found",
    what: `"${path}" could not be found on ${where}: no such file or directory`,
    fix,
  });
}

/** The error for a target that is no folder where one is needed. */
export function notAFolder(path: string, where: string, sourceIsFolder: boolean): EstibaError {
  return new EstibaError("conflict", {
    reason: "copy.not_a_folder",
    what: sourceIsFolder
      ? `a folder cannot be copied over "${path}" on ${where}, which is none: destination must be a directory`
      : `"${path}" on ${where} is not a directory`,
    fix: sourceIsFolder ? "add --overwrite, or name a folder" : "leave the slash out",
  });
}

/** The error for what is neither file, folder nor link. */
export function refusedDevice(path: string, where: string): EstibaError {
  return new EstibaError("unsupported", {
    reason: "copy.device",
    what: `"${path}" on ${where} is a device, a fifo or a socket`,
    fix: "copy a file or a folder, or use - for an archive on stdin",
  });
}

/** The error for a folder that would be copied into itself. */
export function intoItself(path: string): EstibaError {
  return new EstibaError("conflict", {
    reason: "copy.into_itself",
    what: `cannot copy "${path}" into itself`,
    fix: "choose a destination outside of it",
  });
}
