import type { ImageDetails } from "../../engine/inspect-image.ts";
import type { ImageSummary } from "../../engine/list-images.ts";
import { goTime, goTimeOf } from "../../lib/go-template/time.ts";
import type { ProcessDefaults } from "../../oci/image-config.ts";
import { familiarName } from "./image-name.ts";

/** `GET /images/{name}/json`. `layerFolders` are the unpacked layers, topmost first. Pure. */
export function dockerImage(details: ImageDetails, layerFolders: readonly string[]): Record<string, unknown> {
  const { image, config, names, repoDigests } = details;
  const [upper, ...lower] = layerFolders;
  return {
    Id: `sha256:${image.id}`,
    RepoTags: names.map(familiarName),
    RepoDigests: repoDigests.map(familiarName),
    Parent: "",
    Comment: config.history.at(-1)?.comment ?? "",
    Created: config.created === undefined ? goTime(image.createdAtMs) : goTimeOf(config.created),
    DockerVersion: "",
    Author: config.author ?? "",
    Config: imageProcess(config.process),
    Architecture: config.architecture,
    ...(config.variant === undefined ? {} : { Variant: config.variant }),
    Os: config.os,
    Size: image.sizeBytes,
    VirtualSize: image.sizeBytes,
    GraphDriver: {
      Name: "overlay",
      Data: {
        ...(lower.length === 0 ? {} : { LowerDir: lower.join(":") }),
        ...(upper === undefined ? {} : { UpperDir: upper }),
      },
    },
    RootFS: { Type: "layers", Layers: config.diffIds },
    Metadata: { LastTagTime: goTime(undefined) },
  };
}

/** One element of `GET /images/json`. Pure. */
export function dockerImageRow({
  image,
  config,
  names,
  repoDigests,
  containers,
}: ImageSummary): Record<string, unknown> {
  return {
    Id: `sha256:${image.id}`,
    ParentId: "",
    RepoTags: names.map(familiarName),
    RepoDigests: repoDigests.map(familiarName),
    Created: Math.floor(image.createdAtMs / 1000),
    Size: image.sizeBytes,
    VirtualSize: image.sizeBytes,
    SharedSize: -1,
    Labels: config.process.labels,
    Containers: containers,
  };
}

function imageProcess(process: ProcessDefaults): Record<string, unknown> {
  const orNull = <T>(list: readonly T[]): readonly T[] | null => (list.length === 0 ? null : list);
  const set = (names: readonly string[]): object | undefined =>
    names.length === 0 ? undefined : Object.fromEntries(names.map((name) => [name, {}]));
  const { test, intervalNs, timeoutNs, startPeriodNs, retries } = process.healthcheck ?? { test: undefined };
  return {
    Hostname: "",
    Domainname: "",
    User: process.user,
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    ExposedPorts: set(process.exposedPorts),
    Tty: false,
    OpenStdin: false,
    StdinOnce: false,
    Env: orNull(process.env),
    Cmd: orNull(process.cmd),
    ...(test === undefined
      ? {}
      : {
          Healthcheck: {
            Test: test,
            Interval: intervalNs,
            Timeout: timeoutNs,
            StartPeriod: startPeriodNs,
            Retries: retries,
          },
        }),
    Image: "",
    Volumes: set(process.volumes) ?? null,
    WorkingDir: process.workingDir,
    Entrypoint: orNull(process.entrypoint),
    OnBuild: orNull(process.onBuild),
    Labels: Object.keys(process.labels).length === 0 ? null : process.labels,
    StopSignal: process.stopSignal,
  };
}
