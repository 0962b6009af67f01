import type { UnitFile } from "./unit-file.ts";

/** The kinds of files, by their extension, with the group that says what a file is about. */
export const GROUPS = {
  container: "Container",
  pod: "Pod",
  volume: "Volume",
  network: "Network",
  kube: "Kube",
  image: "Image",
  build: "Build",
} as const;

export type QuadletKind = keyof typeof GROUPS;

/** A file, and what other files know of it. */
export type Quadlet = {
  readonly kind: QuadletKind;
  /** Such as `web.container`. */
  readonly fileName: string;
  readonly unit: UnitFile;
  /** Without `.service`. */
  readonly serviceName: string;
  /** What the service makes, by the name it has for other files; undefined where that is not known before it runs. */
  readonly resource: string | undefined;
};

/** What a conversion may look at. */
export type Surroundings = {
  /** By file name. */
  readonly units: ReadonlyMap<string, Quadlet>;
  /** Our program. */
  readonly binary: string;
  /** For a user's systemd instead of the system's. */
  readonly user: boolean;
  /** Whether a path is there, for devices that may be missing. */
  readonly exists: (path: string) => boolean;
};

/** The kind of a file by its name; undefined for one that is none of ours. */
export function kindOf(fileName: string): QuadletKind | undefined {
  const dot = fileName.lastIndexOf(".");
  const extension = dot > 0 ? fileName.slice(dot + 1) : "";
  return Object.hasOwn(GROUPS, extension) ? (extension as QuadletKind) : undefined;
}

/** A file's name without its extension. */
export function stem(fileName: string): string {
  const dot = fileName.lastIndexOf(".");
  return dot > 0 ? fileName.slice(0, dot) : fileName;
}
