import { dictAt } from "../short/make.ts";
import { type FieldsShape, FLAG, fields, SET, TEXT, VARIABLES } from "./shape.ts";

/** Every attribute of `x-estiba` in a service. */
export const OWN: FieldsShape = fields(
  {
    pod: { type: "text", pattern: /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/ },
    restart_unhealthy: FLAG,
    replica: fields({ container_name: TEXT, hostname: TEXT, environment: VARIABLES, volumes: SET }, { nullable: true }),
    schedule: fields(
      { cron: TEXT, timezone: TEXT, missed: { type: "text", choices: ["skip", "run"] } },
      { required: ["cron"], short: (cron) => dictAt(cron.origin, { cron: cron.text }) },
    ),
  },
  { nullable: true },
);
