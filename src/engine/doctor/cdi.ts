import { cdiFolders, readCdiFiles } from "../../runtime/cdi-files.ts";
import { type DoctorFinding, fine, trouble } from "./finding.ts";

/** Which devices CDI files describe, and which of the files cannot be used. */
export function checkCdi(): DoctorFinding[] {
  const { files, errors } = readCdiFiles();
  const devices = files.flatMap(({ kind, devices: named }) => [...named.keys()].map((name) => `${kind}=${name}`));
  const found = devices.length === 0 ? `no devices in ${cdiFolders()}` : devices.join(", ");
  return [
    fine("cdi", found),
    ...errors.map((error) =>
      trouble("warning", "cdi", {
        what: error.message,
        why: "the devices that it describes cannot be given to containers",
        fix: error.fix ?? "make it anew with its vendor's tool",
      }),
    ),
  ];
}
