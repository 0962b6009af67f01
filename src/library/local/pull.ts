import { pullImage } from "../../engine/pull.ts";
import type { PullOptions } from "../contract.ts";
import { never } from "../never.ts";
import type { Opened } from "./opened.ts";

/** Fetches an image to its end; gives its full name. */
export async function pullToEnd({ engine }: Opened, reference: string, options: PullOptions): Promise<string> {
  const { policy = "missing", signal = never() } = options;
  const steps = pullImage(engine, reference, { policy, signal });
  for (let step = await steps.next(); ; step = await steps.next()) if (step.done === true) return step.value.name;
}
