import { readHardLimits } from "../../host/limits.ts";
import { readProcStatus } from "../../host/proc-status.ts";
import { capabilitiesOfMask } from "../../oci/capability.ts";
import { type DoctorFinding, fine, trouble } from "./finding.ts";

/** What both peers give a container; a service with many connections needs it. */
const USUAL_NOFILE = 1_048_576;

/** Whether containers can have the usual number of open files. */
export function checkLimits(): DoctorFinding[] {
  const nofile = readHardLimits(["nofile"])["nofile"] ?? 0;
  const mayRaise = capabilitiesOfMask(readProcStatus().capEffective).includes("CAP_SYS_RESOURCE");
  if (mayRaise || nofile >= USUAL_NOFILE)
    return [fine("limits", `open files up to ${mayRaise ? USUAL_NOFILE : nofile}`)];
  return [
    trouble("warning", "limits", {
      what: `open files up to ${nofile}, and no CAP_SYS_RESOURCE to raise it`,
      why: `containers get ${nofile} instead of ${USUAL_NOFILE}`,
      fix: `raise it where the session begins: ulimit -Hn ${USUAL_NOFILE}`,
    }),
  ];
}
