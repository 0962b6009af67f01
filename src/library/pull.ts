import { pullImage } from "../engine/pull.ts";
import { never } from "./never.ts";
import type { Opened } from "./opened.ts";
import type { ContainerOptions } from "./options.ts";

/** How an image is fetched. */
export type PullOptions = { readonly policy?: ContainerOptions["pull"]; readonly signal?: AbortSignal };

/** Fetches an image to its end; gives its full name. */
export async function pullToEnd({ engine }: Opened, reference: string, options: PullOptions): Promise<string> {
  const { policy = "missing", signal = never() } = options;
  const steps = pullImage(engine, reference, { policy, signal });
  for (let step = await steps.next(); ; step = await steps.next()) if (step.done === true) return step.value.name;
}
