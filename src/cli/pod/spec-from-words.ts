import type { PodSpec } from "../../engine/pod/create.ts";
import type { Values } from "../command.ts";
import { parseConfigured } from "../parse-configured.ts";
import { POD_CREATE_OPTIONS } from "./options.ts";
import { podSpec } from "./spec.ts";

/**
 * What options of `pod create` ask for, with what containers.conf gives; for a door that has no command line, but the same words. Throws as
 * `pod create` would.
 */
export async function podFromWords(words: readonly string[]): Promise<PodSpec> {
  const table = { options: POD_CREATE_OPTIONS, configured: true };
  const { values, explain } = await parseConfigured(words, table, "pod create");
  const asked = values as Values<typeof POD_CREATE_OPTIONS>;
  try {
    const { createCommand: _, ...spec } = podSpec(asked, asked.name);
    return spec;
  } catch (error) {
    throw await explain(error);
  }
}
