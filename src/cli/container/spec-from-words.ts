import type { ContainerSpec } from "../../state/container.ts";
import type { Values } from "../command.ts";
import { parseConfigured } from "../parse-configured.ts";
import { CONTAINER_OPTIONS } from "./options.ts";
import { containerSpec } from "./spec.ts";

/**
 * What options of `create` ask for, with what containers.conf gives; for a door that has no command line, but the same words. Throws as
 * `create` would.
 */
export async function specFromWords(
  words: readonly string[],
  image: string,
  command: readonly string[],
  { configured }: { readonly configured: boolean } = { configured: true },
): Promise<ContainerSpec> {
  const table = { options: CONTAINER_OPTIONS, configured };
  const { values, explain } = await parseConfigured(words, table, "create");
  try {
    const { createCommand: _, ...spec } = containerSpec(values as Values<typeof CONTAINER_OPTIONS>, image, command);
    return spec;
  } catch (error) {
    throw await explain(error);
  }
}
