import { expect, test } from "bun:test";
import { problemOf } from "../../../test/fixtures/compose-files.ts";

/** A service's attributes, a line each, and what is told of them where. */
const PROBLEMS: readonly (readonly [title: string, attributes: readonly string[], what: string, fix: string])[] = [
  [
    "an attribute of ours that there is not",
    ["x-estiba: {restart-unhealthy: true}"],
    '4:16: services.web.x-estiba has no attribute "restart-unhealthy"',
    'did you mean "restart_unhealthy"?',
  ],
  [
    "a restart by health without health checks",
    ["healthcheck: {disable: true}", "x-estiba: {restart_unhealthy: true}"],
    '5:35: service "web" is to be restarted when it is unhealthy, and its health check is turned off',
    "remove one of them",
  ],
  [
    "one host name for every replica",
    ["x-estiba: {replica: {hostname: db}}"],
    '4:36: service "web": every replica would have the same hostname',
    "put the replica's number into it: db-{{.Index}}",
  ],
  [
    "what no replica has",
    ['x-estiba: {replica: {environment: {A: "{{.Slot}}"}}}'],
    '4:43: service "web": {{.Slot}} is nothing that a replica has',
    "write one of {{.Index}}, {{.Service}}, {{.Project}}",
  ],
  [
    "a name for all beside one for each",
    ["container_name: db", 'x-estiba: {replica: {container_name: "db-{{.Index}}"}}'],
    '5:42: service "web" has a container_name for all and one for each',
    "remove one of them",
  ],
  [
    "a volume for each replica that is not mounted",
    ["x-estiba: {replica: {volumes: [data]}}"],
    '4:36: service "web" mounts no volume "data" that its replicas could have one each of',
    'mount it under volumes: "data:/path"',
  ],
  [
    "no schedule",
    ['x-estiba: {schedule: "61 * * * *"}'],
    '4:26: "61 * * * *" is no schedule',
    "write minute hour day month weekday, such as: 0 3 * * *",
  ],
  [
    "a zone that there is not",
    ['x-estiba: {schedule: {cron: "@daily", timezone: Mars/Base}}'],
    '4:53: there is no time zone "Mars/Base"',
    "write one such as Europe/Berlin, or UTC",
  ],
  [
    "a day that never comes",
    ['x-estiba: {schedule: "0 0 31 2 *"}'],
    '4:26: service "web": no day is ever as "0 0 31 2 *" says',
    "give it a day that comes",
  ],
  [
    "a restart at once of what has a schedule",
    ['x-estiba: {schedule: "@daily"}', "restart: always"],
    '5:14: service "web" runs by a schedule, and is to be restarted whenever it ends',
    "leave restart out, or write on-failure",
  ],
  [
    "a wait for what has a schedule",
    ['x-estiba: {schedule: "@daily"}', "init: true", "  api: {image: a, depends_on: [web]}"],
    '6:32: service "api" depends on "web", which runs by a schedule: up does not start it',
    "leave the dependency out",
  ],
];

for (const [title, attributes, what, fix] of PROBLEMS) {
  test(`${title} is refused at its place`, async () => {
    const indented = attributes.map((line) => (line.startsWith("  ") ? line : `    ${line}`));
    const problem = await problemOf(["services:", "  web:", "    image: a", ...indented, ""].join("\n"));
    expect(problem.message).toContain(`compose.yaml:${what}\n`);
    expect(problem.fix).toBe(fix);
  });
}
