import { readCgroupSetup } from "../../host/cgroup-mode.ts";
import { listRuntimes, obstacleTo } from "../../runtime/choose-runtime.ts";
import { type DoctorFinding, fine, trouble } from "./finding.ts";

/** Which OCI runtimes can be used, which one is, and why another is not. */
export function checkRuntimes(): DoctorFinding[] {
  const cgroups = readCgroupSetup();
  const installed = listRuntimes().map((program) => ({ program, obstacle: obstacleTo(program, cgroups) }));
  if (installed.length === 0) {
    return [
      trouble("error", "runtime", {
        what: "no OCI runtime is installed",
        why: "containers cannot be started",
        fix: "apt-get install -y crun",
      }),
    ];
  }
  const chosen = installed.find(({ obstacle }) => obstacle === undefined)?.program;
  const findings = installed.map(({ program, obstacle }) => {
    const check = `runtime ${program.name}`;
    if (obstacle === undefined) return fine(check, `${program.path}${program === chosen ? ", the default" : ""}`);
    const level = chosen === undefined ? ("error" as const) : ("warning" as const);
    return trouble(level, check, { what: `${program.path} cannot be used`, why: obstacle.why, fix: obstacle.fix });
  });
  if (installed.some(({ program }) => program.kind === "crun")) return findings;
  const slower = trouble("warning", "runtime crun", {
    what: "not installed",
    why: "it starts containers about three times as fast as runc",
    fix: "apt-get install -y crun",
  });
  return [...findings, slower];
}
