import type { Conversion } from "./shared.ts";
import { keyError, valueOf, wordsOf } from "./unit-file.ts";

/** The older keys of user namespaces. */
export const REMAP_KEYS: readonly string[] = ["RemapUsers", "RemapUid", "RemapGid", "RemapUidSize"];

/** All keys of user namespaces. */
export const USER_KEYS: readonly string[] = ["UserNS", "UIDMap", "GIDMap", "SubUIDMap", "SubGIDMap", ...REMAP_KEYS];

/** `--userns` and the mappings, with what the older keys say. Throws `invalid` for keys that do not go together. */
export function userWords({ quadlet: { unit }, group }: Conversion, byHand: boolean): string[] {
  const single = (key: string, option: string): string[] => {
    const value = valueOf(unit, group, key);
    return value === undefined ? [] : [option, value];
  };
  const all = (key: string, option: string): string[] => wordsOf(unit, group, key).flatMap((word) => [option, word]);
  const given = [
    ...single("UserNS", "--userns"),
    ...all("UIDMap", "--uidmap"),
    ...all("GIDMap", "--gidmap"),
    ...single("SubUIDMap", "--subuidname"),
    ...single("SubGIDMap", "--subgidname"),
  ];
  const older = REMAP_KEYS.find((key) => valueOf(unit, group, key) !== undefined);
  if (older === undefined) return given;
  const fail = (what: string): Error => keyError(unit, group, older, [what, "use UserNS, UIDMap and GIDMap"]);
  if (given.length > 0) throw fail("deprecated Remap keys are set along with explicit mapping keys");
  const ids = (prefixes: readonly [string, string]): string[] => [
    ...wordsOf(unit, group, "RemapUid").map((word) => `${prefixes[0]}=${word}`),
    ...wordsOf(unit, group, "RemapGid").map((word) => `${prefixes[1]}=${word}`),
  ];
  const mode = valueOf(unit, group, "RemapUsers");
  switch (mode) {
    case "manual":
      if (!byHand) throw fail("RemapUsers=manual is not supported");
      return [...all("RemapUid", "--uidmap"), ...all("RemapGid", "--gidmap")];
    case "auto": {
      const size = valueOf(unit, group, "RemapUidSize");
      return [
        "--userns",
        withOptions("auto", [...ids(["uidmapping", "gidmapping"]), ...(size === undefined ? [] : [`size=${size}`])]),
      ];
    }
    case "keep-id":
      return ["--userns", withOptions("keep-id", ids(["uid", "gid"]))];
    default:
      throw fail(mode === undefined ? `${older} set without RemapUsers` : `unsupported RemapUsers option '${mode}'`);
  }
}

function withOptions(mode: string, options: readonly string[]): string {
  return options.length === 0 ? mode : `${mode}:${options.join(",")}`;
}
