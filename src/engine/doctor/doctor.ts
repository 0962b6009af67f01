import type { Engine } from "../engine.ts";
import { checkApparmor } from "./apparmor.ts";
import { checkCdi } from "./cdi.ts";
import { checkCgroups } from "./cgroups.ts";
import { checkClock } from "./clock.ts";
import { checkConfiguration } from "./configuration.ts";
import { checkConmon } from "./conmon.ts";
import type { DoctorFinding } from "./finding.ts";
import { checkLimits } from "./limits.ts";
import { checkNetwork } from "./network.ts";
import { checkOverlay } from "./overlay.ts";
import { checkRuntimes } from "./runtimes.ts";
import { checkSeccomp } from "./seccomp.ts";
import { checkSubids } from "./subids.ts";
import { checkTun } from "./tun.ts";

/** Looks at everything on the host that containers need. Reads only: no process is started and nothing is mended. */
export function diagnose(engine: Engine): DoctorFinding[] {
  return [
    ...checkCgroups(),
    ...checkRuntimes(),
    ...checkConmon(),
    ...checkSeccomp(),
    ...checkApparmor(),
    ...checkCdi(),
    ...checkOverlay(engine),
    ...checkNetwork(),
    ...checkTun(),
    ...checkSubids(),
    ...checkLimits(),
    ...checkClock(),
    ...checkConfiguration(process.env),
  ];
}
