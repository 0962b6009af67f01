import { isCdiName, parseDevice, parseDeviceRule } from "../../../runtime/spec-devices.ts";
import { badOption } from "../bad-option.ts";

const GPU_KIND = "nvidia.com/gpu";

type DeviceValues = {
  readonly device: readonly string[];
  readonly "device-cgroup-rule": readonly string[];
  readonly "cdi-spec-dir": readonly string[];
  readonly gpus: readonly string[];
};

type Devices = {
  readonly devices: readonly string[];
  readonly deviceRules?: readonly string[];
  readonly cdiFolders?: readonly string[];
};

/** The devices asked for, GPUs as CDI names. Throws `invalid` naming the option; whether they are there shows when the container starts. */
export function devicesOf(values: DeviceValues): Devices {
  for (const text of values.device) {
    if (isCdiName(text)) continue;
    if (parseDevice(text) === undefined)
      throw badOption(
        "--device",
        text,
        "HOST[:CONTAINER[:PERMISSIONS]] or a CDI name",
        "for example /dev/fuse:/dev/fuse:rw",
      );
  }
  const rules = values["device-cgroup-rule"];
  for (const text of rules) {
    if (parseDeviceRule(text) === undefined)
      throw badOption("--device-cgroup-rule", text, "TYPE MAJOR:MINOR PERMISSIONS", "for example 'c 42:* rmw'");
  }
  const folders = values["cdi-spec-dir"];
  for (const folder of folders)
    if (!folder.startsWith("/")) throw badOption("--cdi-spec-dir", folder, "an absolute path");
  return {
    devices: [...values.device, ...values.gpus.flatMap(gpuDevices)],
    ...(rules.length === 0 ? {} : { deviceRules: rules }),
    ...(folders.length === 0 ? {} : { cdiFolders: folders }),
  };
}

// Podman's `all`, `0`, `0,1`; Docker's `device=0,1`, whose quotes are for its own parser.
function gpuDevices(text: string): string[] {
  const words = text
    .replaceAll('"', "")
    .replace(/^device=/, "")
    .split(",");
  return words.map((word) => {
    if (/^[A-Za-z0-9][\w.:-]*$/.test(word)) return `${GPU_KIND}=${word}`;
    throw badOption(
      "--gpus",
      text,
      "all, a number or a name of a GPU, or several with commas",
      "for example --gpus all",
    );
  });
}
