import type { Description } from "../../engine/manifest/add.ts";
import { keyValues } from "../container/options/values.ts";

/** The options by which a list describes an image. */
export const DESCRIPTION_OPTIONS = {
  annotation: { kind: "list", value: "KEY=VALUE", help: "Set an annotation of the image in the list" },
  arch: {
    kind: "string",
    value: "ARCH",
    help: "Its architecture, in place of what it says itself",
    complete: "architecture",
  },
  features: { kind: "list", value: "FEATURE", help: "What it needs of a processor" },
  os: {
    kind: "string",
    value: "OS",
    help: "Its operating system, in place of what it says itself",
    offered: ["linux"],
  },
  "os-features": { kind: "list", value: "FEATURE", help: "What it needs of an operating system" },
  "os-version": { kind: "string", value: "VERSION", help: "The version of its operating system" },
  variant: { kind: "string", value: "VARIANT", help: "The variant of its architecture" },
} as const;

/** Docker's name for plain HTTP and certificates of any kind. */
export const INSECURE_OPTION = {
  insecure: { kind: "flag", help: "The same as --tls-verify=false", hidden: true },
} as const;

type DescriptionValues = {
  readonly annotation: readonly string[];
  readonly arch: string | undefined;
  readonly features: readonly string[];
  readonly os: string | undefined;
  readonly "os-features": readonly string[];
  readonly "os-version": string | undefined;
  readonly variant: string | undefined;
};

/** What the options say of an image. Throws `invalid`. */
export function descriptionOf(values: DescriptionValues): Description {
  return {
    os: values.os,
    architecture: values.arch,
    variant: values.variant,
    osVersion: values["os-version"],
    osFeatures: values["os-features"].flatMap((text) => text.split(",")),
    features: values.features.flatMap((text) => text.split(",")),
    annotations: keyValues("--annotation", values.annotation),
  };
}
