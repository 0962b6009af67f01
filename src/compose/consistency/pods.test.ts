import { expect, test } from "bun:test";
import { problemOf } from "../../../test/fixtures/compose-files.ts";

/** Two services of one pod: attributes of the first, of the second, and what is told where. */
const PROBLEMS: readonly (readonly [title: string, web: string, api: string, what: string, fix: string])[] = [
  [
    "two networks",
    "networks: [front]",
    "networks: [back]",
    '8:15: the pod "app" has one network for all: "web" is on front, and "api" on back',
    "give both the same networks",
  ],
  [
    "one port twice",
    'ports: ["8080:80"]',
    'ports: ["8081:80"]',
    '8:13: "web" and "api" both listen on the port 80/tcp of the pod "app"',
    "let one of them listen on another port",
  ],
  [
    "one port published and exposed",
    'ports: ["8080:80"]',
    'expose: ["80"]',
    '8:14: "web" and "api" both listen on the port 80/tcp of the pod "app"',
    "let one of them listen on another port",
  ],
  [
    "two host names",
    "hostname: a",
    "hostname: b",
    '8:15: the pod "app" has one hostname for all: "web" and "api" say different ones',
    "write it once",
  ],
  [
    "two addresses",
    "networks: {front: {ipv4_address: 10.9.0.2}}",
    "networks: {front: {ipv4_address: 10.9.0.3}}",
    '8:38: the pod "app" has one networks.front.ipv4_address for all: "web" and "api" say different ones',
    "write it once",
  ],
  [
    "two values of a kernel setting",
    "sysctls: {net.core.somaxconn: 5}",
    "sysctls: {net.core.somaxconn: 6}",
    '8:35: the pod "app" has one sysctls.net.core.somaxconn for all: "web" and "api" say different ones',
    "write it once",
  ],
  [
    "a network mode",
    "network_mode: host",
    "init: true",
    '4:19: service "web" is in the pod "app", and so can have no network_mode: the network is the pod\'s',
    "remove one of them",
  ],
  [
    "several of one service",
    "scale: 2",
    "init: true",
    '4:12: service "web" is in the pod "app", and so can have no scale: a pod has one of each service',
    "remove one of them",
  ],
  [
    "a replacement beside the old one",
    "deploy: {update_config: {order: start-first}}",
    "init: true",
    `4:37: service "web" is in the pod "app", and so can have no deploy.update_config.order: the new container would find the pod's ports taken by the old one`,
    "remove one of them",
  ],
];

for (const [title, web, api, what, fix] of PROBLEMS) {
  test(`${title} in one pod is refused at its place`, async () => {
    const service = (name: string, attribute: string): string =>
      `  ${name}:\n    image: a\n    ${attribute}\n    x-estiba: {pod: app}\n`;
    const text = `services:\n${service("web", web)}${service("api", api)}networks: {front: , back: }\n`;
    const problem = await problemOf(text);
    expect(problem.what).toBe(`compose.yaml:${what}`);
    expect(problem.fix).toBe(fix);
  });
}
