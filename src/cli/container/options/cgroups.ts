import type { Resources } from "../../../state/spec/resources.ts";
import { badOption } from "../bad-option.ts";
import { keyValues } from "./values.ts";

type CgroupValues = {
  readonly "cgroup-conf": readonly string[];
  readonly "cgroup-parent": string | undefined;
  readonly cgroups: string | undefined;
};

/** Where the container's cgroup lies and what is written to it. Throws `invalid` naming the option. */
export function cgroupsOf(values: CgroupValues): Resources {
  const files = filesOf(values["cgroup-conf"]);
  const parent = values["cgroup-parent"];
  return {
    ...(Object.keys(files).length === 0 ? {} : { cgroupFiles: files }),
    ...(parent === undefined || parent === "" ? {} : { cgroupParent: parentOf(parent) }),
    ...(withoutMonitor(values.cgroups) ? { cgroupWithoutMonitor: true } : {}),
  };
}

function filesOf(list: readonly string[]): Record<string, string> {
  const files = keyValues("--cgroup-conf", list);
  for (const [name, value] of Object.entries(files)) {
    const text = `${name}=${value}`;
    if (!/^[a-z0-9_]+(\.[a-zA-Z0-9_.]+)+$/.test(name))
      throw badOption("--cgroup-conf", text, "a file of a cgroup and its value", "for example memory.high=1073741824");
  }
  return files;
}

function parentOf(path: string): string {
  if (path.endsWith(".slice")) {
    throw badOption(
      "--cgroup-parent",
      path,
      "a cgroup's path: a slice of systemd cannot be used, Estiba makes cgroups itself",
      "give a path such as /mine",
    );
  }
  if (path.split("/").includes("..")) throw badOption("--cgroup-parent", path, "a path without ..");
  return `/${path.split("/").filter(Boolean).join("/")}`;
}

function withoutMonitor(how: string | undefined): boolean {
  switch (how) {
    case undefined:
    case "enabled":
      return false;
    case "no-conmon":
      return true;
    case "disabled":
      throw badOption(
        "--cgroups",
        how,
        "possible: a container without a cgroup could be neither limited nor ended as a whole",
        "leave it out",
      );
    case "split":
      throw badOption(
        "--cgroups",
        how,
        "possible: it needs a cgroup that systemd delegates to the engine",
        "name the cgroup that the container's lies below: --cgroup-parent PATH",
      );
    default:
      throw badOption("--cgroups", how, "one of enabled, no-conmon");
  }
}
