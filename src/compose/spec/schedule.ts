import type { ContainerSpec } from "../../state/container.ts";
import { scheduleOf } from "../plan/schedule.ts";
import type { SpecContext } from "./context.ts";

/** When a service's container is started by itself; one that is run by hand has no schedule. */
export function schedulePart(
  { service }: SpecContext,
  { number }: { readonly number: number },
): Pick<ContainerSpec, "schedule"> {
  const schedule = scheduleOf(service);
  return schedule === undefined || number === 0 ? {} : { schedule };
}
