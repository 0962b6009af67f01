import type { ServiceSpec, UpdateRule } from "./service.ts";

export type Rules = Pick<ServiceSpec, "placement" | "reserve" | "restart" | "update" | "rollback">;

const UPDATE: UpdateRule = {
  parallelism: 1,
  delayMs: 0,
  order: "stop-first",
  monitorMs: 5_000,
  failureAction: "pause",
  maxFailureRatio: 0,
  progressMs: 600_000,
};

/** The rules of a service that was told none. */
export const USUAL_RULES: Rules = {
  placement: { constraints: [], spread: [], maxPerNode: 0, strategy: "spread" },
  reserve: { nanoCpus: 0, memoryBytes: 0 },
  restart: { condition: "any", delayMs: 1_000, maxAttempts: 0, windowMs: 0 },
  update: UPDATE,
  rollback: UPDATE,
};
