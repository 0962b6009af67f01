import { printWords } from "../../lib/unit-words.ts";
import { checkKeys, type KeyRules, ownKeys } from "./rules.ts";
import { baseCommand, beginUnit, type Conversion, imageName, pairWords, rawWords, setOneshot } from "./shared.ts";
import { keyError, truthOf, type UnitFile, unitError, valueOf } from "./unit-file.ts";

const GROUP = "Volume";

/** The keys of [Volume]. Source: podman-systemd.unit(5). */
export const VOLUME_KEYS: KeyRules = ownKeys(
  "Copy",
  "Device",
  "Driver",
  "Group",
  "Image",
  "Label",
  "Options",
  "Type",
  "User",
  "VolumeName",
);

/** A .volume file as a service that makes the volume. */
export function convertVolume(conversion: Conversion): string[] {
  const { quadlet, draft } = conversion;
  const { unit } = quadlet;
  const warnings = checkKeys(unit, GROUP, VOLUME_KEYS);
  beginUnit(conversion);
  const driver = valueOf(unit, GROUP, "Driver");
  const argv = [
    ...baseCommand(conversion),
    "volume",
    "create",
    "--ignore",
    ...(driver === undefined ? [] : ["--driver", driver]),
    ...(driver === "image" ? imageWords(conversion) : optionWords(unit)),
    ...pairWords(conversion, "Label", "--label"),
    ...rawWords(conversion),
    quadlet.resource ?? "",
  ];
  draft.add("Service", "ExecStart", printWords(argv));
  setOneshot(conversion, true);
  return warnings;
}

function imageWords(conversion: Conversion): string[] {
  const { unit } = conversion.quadlet;
  const image = valueOf(unit, GROUP, "Image");
  if (image === undefined)
    throw unitError(unit.path, 1, "the key Image is mandatory when using the image driver", "add Image=");
  return ["--opt", `image=${imageName(conversion, "Image", image)}`];
}

function optionWords(unit: UnitFile): string[] {
  const [user, group, device, type, options] = ["User", "Group", "Device", "Type", "Options"].map((key) =>
    valueOf(unit, GROUP, key),
  );
  for (const [key, value] of [
    ["Type", type],
    ["Options", options],
  ] as const)
    if (value !== undefined && device === undefined)
      throw keyError(unit, GROUP, key, [`key ${key} can't be used without Device`, "add Device="]);
  const o = [
    ...(user === undefined ? [] : [`uid=${user}`]),
    ...(group === undefined ? [] : [`gid=${group}`]),
    ...(options === undefined ? [] : [options]),
  ].join(",");
  const copy = truthOf(unit, GROUP, "Copy");
  return [
    ...(copy === undefined ? [] : ["--opt", copy ? "copy" : "nocopy"]),
    ...(device === undefined ? [] : ["--opt", `device=${device}`]),
    ...(type === undefined ? [] : ["--opt", `type=${type}`]),
    ...(o === "" ? [] : ["--opt", `o=${o}`]),
  ];
}
