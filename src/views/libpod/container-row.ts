import type { ContainerSummary } from "../../engine/list.ts";
import { goTime } from "../../lib/go-template/time.ts";
import { containerJson, type RowDetails } from "../container-row.ts";

/** An element of `GET /libpod/containers/json`: that of `ps --format json`, with the times that its client makes text of. Pure. */
export function libpodContainerRow(
  listed: ContainerSummary,
  now: number,
  details: RowDetails,
): Record<string, unknown> {
  const row = containerJson(listed, now, details);
  return { ...row, Created: goTime(listed.record.createdAt), Status: healthOf(listed) };
}

// Its state is in `State`; what else there is to say of it is its health.
function healthOf({ state }: ContainerSummary): string {
  return state?.health?.status ?? "";
}
