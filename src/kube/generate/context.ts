import type { ContainerRecord } from "../../state/container.ts";
import type { PodRecord } from "../../state/pod.ts";
import type { SecretRecord } from "../../state/secrets.ts";
import type { VolumeRecord } from "../../state/volumes.ts";
import type { FilePlan } from "../plan/pod-plan.ts";

/** A pod with its containers; a container alone is one without a record. */
export type Source = {
  readonly name: string;
  readonly pod: PodRecord | undefined;
  /** The container that holds what is shared; a container alone holds it itself. */
  readonly holder: ContainerRecord | undefined;
  readonly members: readonly ContainerRecord[];
};

/** What the engine knows of what containers use. */
export type GenerateFacts = {
  readonly volume: (name: string) => VolumeRecord | undefined;
  /** The files of a volume that Kubernetes YAML made. */
  readonly files: (name: string) => readonly FilePlan[];
  readonly secret: (id: string | undefined, name: string) => Pick<SecretRecord, "labels"> | undefined;
  /** `Directory` or `File` of a path of the host; "" for anything else. */
  readonly kindOf: (path: string) => string;
};

export type GenerateContext = {
  readonly source: Source;
  readonly facts: GenerateFacts;
  /** What the YAML cannot say. */
  readonly warnings: string[];
};

/** Tells of options that the YAML leaves out. */
export function tellUnsaid({ warnings }: GenerateContext, name: string, options: readonly string[]): void {
  if (options.length > 0) warnings.push(`${name}: Kubernetes YAML cannot say ${[...new Set(options)].join(", ")}`);
}

/** A name as Kubernetes wants it. */
export function kubeName(text: string): string {
  const clean = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  return clean === "" ? "x" : clean.slice(0, 63).replace(/-+$/, "");
}

/** A text that Kubernetes does not take for a variable: `$(` and `$$` are doubled. */
export function literal(text: string): string {
  return text.replaceAll(/\$(?=[$(])/g, "$$$$");
}

/** For a field whose default is false. */
export function ifTrue(value: boolean): true | undefined {
  return value ? true : undefined;
}

/** Only the fields that say something. */
export function filled<T extends object>(fields: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => {
      if (value === undefined || value === "") return false;
      if (Array.isArray(value)) return value.length > 0;
      return typeof value !== "object" || value === null || Object.keys(value).length > 0;
    }),
  ) as unknown as T;
}
