import { basename } from "node:path";
import { convertBuild } from "./build.ts";
import { containerName, convertContainer } from "./container.ts";
import { draftOf } from "./draft.ts";
import { convertImage } from "./image.ts";
import { convertKube } from "./kube.ts";
import { convertNetwork } from "./network.ts";
import { convertPod } from "./pod.ts";
import type { Conversion } from "./shared.ts";
import { GROUPS, kindOf, type Quadlet, type QuadletKind, type Surroundings, stem } from "./unit.ts";
import { type UnitFile, valueOf, valuesOf } from "./unit-file.ts";
import { convertVolume } from "./volume.ts";

/** A unit for systemd. */
export type Service = { readonly fileName: string; readonly text: string; readonly warnings: readonly string[] };

const CONVERT: Readonly<Record<QuadletKind, (conversion: Conversion) => string[]>> = {
  container: convertContainer,
  pod: convertPod,
  volume: convertVolume,
  network: convertNetwork,
  kube: convertKube,
  image: convertImage,
  build: convertBuild,
};

/** What a service's name has behind that of its file, so that files of all kinds may have one name. */
const SUFFIX: Readonly<Record<QuadletKind, string>> = {
  container: "",
  kube: "",
  pod: "-pod",
  volume: "-volume",
  network: "-network",
  image: "-image",
  build: "-build",
};

/** A file as others see it; undefined for a name that is no kind of ours. */
export function quadletOf(unit: UnitFile, fileName: string = basename(unit.path)): Quadlet | undefined {
  const kind = kindOf(fileName);
  if (kind === undefined) return undefined;
  const serviceName = valueOf(unit, GROUPS[kind], "ServiceName") ?? `${stem(fileName)}${SUFFIX[kind]}`;
  return { kind, fileName, unit, serviceName, resource: resourceOf(unit, kind, { fileName, serviceName }) };
}

type Names = { readonly fileName: string; readonly serviceName: string };

function resourceOf(unit: UnitFile, kind: QuadletKind, { fileName, serviceName }: Names): string | undefined {
  const group = GROUPS[kind];
  switch (kind) {
    case "container": {
      // Only the service's own name can be told before systemd fills it in.
      const name = containerName(unit, fileName).replaceAll("%N", serviceName);
      return name.includes("%") ? undefined : name;
    }
    case "volume":
      return valueOf(unit, group, "VolumeName") ?? `systemd-${stem(fileName)}`;
    case "network":
      return valueOf(unit, group, "NetworkName") ?? `systemd-${stem(fileName)}`;
    case "image":
      return valueOf(unit, group, "ImageTag") ?? valueOf(unit, group, "Image");
    case "build":
      return valuesOf(unit, group, "ImageTag")[0];
    case "pod":
      return valueOf(unit, group, "PodName") ?? `systemd-${stem(fileName)}`;
    case "kube":
      return undefined;
  }
}

/** The service of a file. Pure. Throws `invalid` with `path:line` for keys that are unknown or cannot be had, and for files that miss. */
export function convertQuadlet(quadlet: Quadlet, around: Surroundings): Service {
  const group = GROUPS[quadlet.kind];
  const draft = draftOf(quadlet.unit, { Quadlet: "X-Quadlet", [group]: `X-${group}` });
  const warnings = CONVERT[quadlet.kind]({ quadlet, group, draft, around });
  return { fileName: `${quadlet.serviceName}.service`, text: draft.print(), warnings };
}
