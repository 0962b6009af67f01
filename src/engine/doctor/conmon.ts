import { isEstibaError } from "../../lib/error.ts";
import { findConmon } from "../../runtime/conmon.ts";
import { type DoctorFinding, fine, trouble } from "./finding.ts";

/** Whether conmon, which looks after each container, is installed. */
export function checkConmon(): DoctorFinding[] {
  try {
    return [fine("conmon", findConmon())];
  } catch (error) {
    if (!isEstibaError(error, "unavailable")) throw error;
    return [
      trouble("error", "conmon", {
        what: error.message,
        why: "containers cannot be started",
        fix: "apt-get install -y conmon",
      }),
    ];
  }
}
