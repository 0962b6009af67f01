import { deviceCount, deviceRequests } from "../short/others.ts";
import { BYTES, DURATION, fields, INTEGER, LABELS, listOf, NUMBER, SET, type Shape, TEXT } from "./shape.ts";

const UPDATE: Shape = fields({
  parallelism: { type: "integer", least: 0 },
  delay: DURATION,
  failure_action: { type: "text", choices: ["continue", "pause", "rollback"] },
  monitor: DURATION,
  max_failure_ratio: NUMBER,
  order: { type: "text", choices: ["start-first", "stop-first"] },
});

/** `count` may be `all`: -1. */
const DEVICE_REQUEST: Shape = fields(
  { capabilities: SET, driver: TEXT, count: INTEGER, device_ids: SET, options: LABELS },
  { before: deviceCount },
);

export const DEVICES: Shape = listOf(DEVICE_REQUEST, { from: deviceRequests });

export const DEPLOY: Shape = fields(
  {
    mode: { type: "text", choices: ["replicated", "global", "replicated-job", "global-job"] },
    replicas: { type: "integer", least: 0 },
    labels: LABELS,
    update_config: UPDATE,
    rollback_config: UPDATE,
    resources: fields({
      limits: fields({ cpus: NUMBER, memory: BYTES, pids: INTEGER }),
      reservations: fields({
        cpus: NUMBER,
        memory: BYTES,
        devices: DEVICES,
        generic_resources: listOf(fields({ discrete_resource_spec: fields({ kind: TEXT, value: INTEGER }) })),
      }),
    }),
    restart_policy: fields({
      condition: { type: "text", choices: ["none", "on-failure", "any"] },
      delay: DURATION,
      max_attempts: { type: "integer", least: 0 },
      window: DURATION,
    }),
    placement: fields({
      constraints: SET,
      preferences: listOf(fields({ spread: TEXT })),
      max_replicas_per_node: { type: "integer", least: 0 },
    }),
    endpoint_mode: { type: "text", choices: ["vip", "dnsrr"] },
  },
  { nullable: true },
);
