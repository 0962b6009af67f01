import { existsSync } from "node:fs";
import { type DoctorFinding, fine, trouble } from "./finding.ts";

/** Whether users without root can have a network: their traffic goes through a tun device. */
export function checkTun(): DoctorFinding[] {
  if (existsSync("/dev/net/tun")) return [fine("tun", "/dev/net/tun")];
  return [
    trouble("warning", "tun", {
      what: "/dev/net/tun is missing",
      why: "containers of users other than root get no network",
      fix: "modprobe tun",
    }),
  ];
}
