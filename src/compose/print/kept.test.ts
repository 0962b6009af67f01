import { expect, test } from "bun:test";
import { loadFiles } from "../../../test/fixtures/compose-files.ts";
import { projectAsYaml } from "./print.ts";

const FILE = `
services:
  web:
    image: a
    pull_refresh_after: 24h
    ports: [{target: 80, published: "8080", app_protocol: http, name: page}]
    networks: [n]
    deploy: {labels: {team: red}}
networks:
  n: {attachable: true}
models:
  m: {name: own, model: ai/x, context_size: 4096, runtime_flags: ["--fast"]}
`;

test("what nothing here is done with is kept: config prints it as it was, and reads it again", async () => {
  const printed = async (text: string): Promise<string> =>
    projectAsYaml((await loadFiles(text, { allResources: true })).project, { escape: true });
  const once = await printed(FILE);
  for (const line of [
    "pull_refresh_after: 24h",
    "app_protocol: http",
    "attachable: true",
    "team: red",
    "name: own",
    "model: ai/x",
    "context_size: 4096",
    "- --fast",
  ])
    expect(once).toContain(line);
  expect((await printed(once)).replaceAll(/estiba-compose-\w+/g, "")).toBe(once.replaceAll(/estiba-compose-\w+/g, ""));
});
