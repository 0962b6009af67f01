import { expect, test } from "bun:test";
import { loadFiles } from "../../test/fixtures/compose-files.ts";
import { checkRunnable, REFUSED, TOLD } from "./not-here.ts";

test("what has no effect on one machine is told, with its place", async () => {
  const loaded = await loadFiles(`services:
  web:
    image: a
    deploy:
      placement: {constraints: [node.role==manager]}
      update_config: {order: start-first, parallelism: 2}
`);
  expect(checkRunnable(loaded)).toEqual([
    "compose.yaml:5:18: services.web.deploy.placement has no effect: of clusters: there is one node here",
    "compose.yaml:6:56: services.web.deploy.update_config.parallelism has no effect: of clusters: replicas are replaced one after the other here",
  ]);
});

test("what cannot work is refused by name, with its place, when the project is to run; config prints it", async () => {
  const loaded = await loadFiles("services:\n  web: {image: a, use_api_socket: true}\n");
  expect(loaded.project.services["web"]?.use_api_socket).toBe(true);
  expect(() => checkRunnable(loaded)).toThrow(
    "compose.yaml:2:35: services.web.use_api_socket: no daemon is behind a socket",
  );
  const off = await loadFiles(
    "services:\n  web: {image: a, use_api_socket: false, pre_start: [{command: x, per_replica: false}]}\n",
  );
  expect(checkRunnable(off)).toEqual([]);
});

test("an attribute in a list is found at its index", async () => {
  const loaded = await loadFiles(
    "services:\n  web: {image: a, pre_start: [{command: x}, {command: y, per_replica: true}]}\n",
  );
  expect(() => checkRunnable(loaded)).toThrow(
    "services.web.pre_start.1.per_replica: an init container runs once for a service",
  );
});

test("no attribute is both told and refused", () => {
  expect(Object.keys(TOLD).filter((path) => Object.hasOwn(REFUSED, path))).toEqual([]);
});
