import type { ImageProgress } from "../engine/receive-layers.ts";

/** Which step of which stage is meant. */
export type StepPlace = {
  /** The stage's name or number; undefined where there is only one. */
  readonly stage: string | undefined;
  /** From 1. */
  readonly number: number;
  readonly of: number;
};

/** What happens while an image is built, for whoever watches. */
export type BuildEvent =
  | { readonly kind: "warning"; readonly text: string }
  | { readonly kind: "pull"; readonly progress: ImageProgress }
  | ({ readonly kind: "begin"; readonly title: string } & StepPlace)
  | ({ readonly kind: "output"; readonly bytes: Uint8Array } & StepPlace)
  | ({
      readonly kind: "end";
      readonly cached: boolean;
      readonly seconds: number;
      readonly layer: string | undefined;
    } & StepPlace)
  | ({
      readonly kind: "failed";
      readonly title: string;
      readonly seconds: number;
      /** The lines of the Containerfile. */
      readonly excerpt: string;
    } & StepPlace)
  | { readonly kind: "image"; readonly id: string; readonly names: readonly string[] };
