import { existsSync } from "node:fs";
import { type ContainersConf, configFiles, loadContainersConf } from "../../config/containers-conf.ts";
import { type ConfigSection, KEYS } from "../../config/containers-keys.ts";
import { isEstibaError } from "../../lib/error.ts";
import { type DoctorFinding, fine, trouble } from "./finding.ts";

const CHECK = "configuration";

/** Whether containers.conf can be read, and which of its keys have no effect here. */
export function checkConfiguration(environment: Readonly<Record<string, string | undefined>>): DoctorFinding[] {
  let conf: ContainersConf;
  try {
    conf = loadContainersConf(environment);
  } catch (error) {
    if (!isEstibaError(error, "invalid")) throw error;
    const parts = { what: error.message, why: "no container can be made", fix: "mend the file, or move it away" };
    return [trouble("error", CHECK, parts)];
  }
  const idle = Object.keys(conf).flatMap((section) => idleKeys(conf, section as ConfigSection));
  if (idle.length > 0) {
    return [
      trouble("warning", CHECK, {
        what: `containers.conf sets ${idle.join(", ")}`,
        why: "Estiba does these in another way, or not at all: they have no effect",
        fix: "see docs/configuration.md for what holds instead",
      }),
    ];
  }
  const files = configFiles(environment).filter(({ path }) => existsSync(path));
  return [fine(CHECK, files.length === 0 ? "no containers.conf" : files.map(({ path }) => path).join(", "))];
}

function idleKeys(conf: ContainersConf, section: ConfigSection): string[] {
  // The file that distributions ship has empty tables, which ask for nothing.
  return Object.entries(conf[section])
    .filter(([key, value]) => KEYS[section][key]?.[1] !== true && JSON.stringify(value) !== "{}")
    .map(([key]) => `${section}.${key}`);
}
