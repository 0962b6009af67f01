import { idMapsOf, subordinateMaps } from "../../../config/id-maps.ts";
import type { IdMaps } from "../../../host/user-namespace.ts";
import { EstibaError } from "../../../lib/error.ts";
import type { UserNamespace } from "../../../state/spec/namespaces.ts";
import { badOption } from "../bad-option.ts";

type UserValues = {
  readonly userns: string | undefined;
  readonly uidmap: readonly string[];
  readonly gidmap: readonly string[];
  readonly subuidname: string | undefined;
  readonly subgidname: string | undefined;
};

/** Throws `invalid` naming the option, `unsupported` for a mode of rootless engines. */
export function userNamespaceOf(values: UserValues): UserNamespace | undefined {
  const { userns, subuidname, subgidname } = values;
  const [uidmap, gidmap] = [values.uidmap, values.gidmap].map((list) => list.flatMap((text) => text.split(",")));
  const maps = mappingOf({ uidmap, gidmap, subuidname, subgidname });
  if (maps !== undefined) {
    if (userns === undefined || userns === "" || userns === "private") return { mode: "private", maps };
    throw badOption(
      "--userns",
      userns,
      "possible together with a mapping: --uidmap, --gidmap, --subuidname or --subgidname",
    );
  }
  return userns === undefined || userns === "" ? undefined : modeOf(userns);
}

type Mapping = {
  readonly uidmap: readonly string[] | undefined;
  readonly gidmap: readonly string[] | undefined;
  readonly subuidname: string | undefined;
  readonly subgidname: string | undefined;
};

function mappingOf({ uidmap = [], gidmap = [], subuidname, subgidname }: Mapping): IdMaps | undefined {
  const named = subuidname ?? subgidname;
  const byHand = uidmap.length + gidmap.length > 0;
  if (named === undefined) return byHand ? idMapsOf(uidmap, gidmap) : undefined;
  if (byHand) throw badOption("--subuidname", named, "possible together with --uidmap or --gidmap");
  return subordinateMaps(subuidname ?? named, subgidname ?? named);
}

function modeOf(text: string): UserNamespace {
  const [, name = "", options] = /^(.+?)(?::(.*))?$/s.exec(text) ?? [];
  switch (name) {
    case "host":
      return { mode: "host" };
    case "container":
      if (options !== undefined && options !== "") return { mode: `container:${options}` };
      break;
    case "ns":
      if (options?.startsWith("/") === true) return { mode: `ns:${options}` };
      break;
    case "auto":
      return autoOf(text, options ?? "");
    case "keep-id":
      if (options === undefined) return { mode: "keep-id" };
      throw badOption(
        "--userns",
        text,
        "possible: root keeps every id, so keep-id takes no options here",
        "leave them out",
      );
    case "nomap":
      throw new EstibaError("unsupported", {
        reason: "container.rootless_userns",
        what: "--userns nomap leaves out the user who calls a rootless engine, and this one runs as root",
        fix: "use --userns auto, which maps none of the host's own users either",
      });
    case "private":
      throw badOption(
        "--userns",
        text,
        "of use without a mapping",
        "add --uidmap 0:100000:65536, or use --userns auto",
      );
    default:
  }
  throw badOption("--userns", text, "host, auto[:OPTIONS], keep-id, private, container:NAME or ns:PATH");
}

function autoOf(text: string, options: string): UserNamespace {
  const maps = { uids: new Array<string>(), gids: new Array<string>() };
  let size: number | undefined;
  for (const option of options.split(",").filter((word) => word !== "")) {
    const [, key, value = ""] = /^(size|uidmapping|gidmapping)=([\d:@]+)$/.exec(option) ?? [];
    if (key === "uidmapping") maps.uids.push(value);
    else if (key === "gidmapping") maps.gids.push(value);
    else if (key === "size" && Number(value) > 0 && Number(value) <= 0xffff_ffff) size = Number(value);
    else
      throw badOption("--userns", text, "auto with size=N, uidmapping=CONTAINER:HOST:N or gidmapping=CONTAINER:HOST:N");
  }
  return {
    mode: "auto",
    ...(size === undefined ? {} : { size }),
    ...idMapsOf(maps.uids, maps.gids, { separate: true }),
  };
}
