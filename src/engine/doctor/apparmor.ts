import { hasApparmor } from "../../runtime/apparmor.ts";
import { type DoctorFinding, fine, trouble } from "./finding.ts";

/** Whether containers are confined by AppArmor, where the kernel has it. */
export function checkApparmor(): DoctorFinding[] {
  if (!hasApparmor()) return [fine("apparmor", "this kernel does not have it, or it is off")];
  if (Bun.which("apparmor_parser", { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" }) !== null)
    return [fine("apparmor", "containers run under a profile of their own")];
  return [
    trouble("warning", "apparmor", {
      what: "it is on, but apparmor_parser is not installed",
      why: "containers run without a profile",
      fix: "apt-get install -y apparmor",
    }),
  ];
}
