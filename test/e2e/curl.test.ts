import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { IMAGE, runCommand, useEngine } from "../fixtures/engine.ts";
import { payloadOf } from "../fixtures/raw-http.ts";
import { useService } from "../fixtures/service.ts";

const engine = useEngine();
const service = useService(engine);

/** Runs curl as a client of the service; what it fails at, it says. */
async function curl(method: string, path: string, ...options: readonly string[]): Promise<Uint8Array> {
  const words = ["-sS", "--fail-with-body", "--unix-socket", service.socket, "-X", method];
  const { code, bytes, stderr } = await runCommand(["curl", ...words, ...options, `http://engine${path}`]);
  if (code !== 0)
    throw new Error(`curl ${method} ${path} ended with ${code}: ${stderr}${Buffer.from(bytes).toString()}`);
  return bytes;
}

async function json<T>(method: string, path: string, body?: object): Promise<T> {
  const sent = body === undefined ? [] : ["-H", "Content-Type: application/json", "-d", JSON.stringify(body)];
  return JSON.parse(Buffer.from(await curl(method, path, ...sent)).toString()) as T;
}

test("with curl a container is made, run, waited for, read and removed", async () => {
  const wish = { Image: IMAGE, Cmd: ["sh", "-c", "echo out; exit 3"] };
  const { Id } = await json<{ Id: string }>("POST", "/v1.50/containers/create?name=curled", wish);
  await curl("POST", "/v1.50/containers/curled/start");
  expect(await json("POST", "/v1.50/containers/curled/wait")).toEqual({ StatusCode: 3 });
  const logs = await curl("GET", "/v1.50/containers/curled/logs?stdout=1");
  expect(payloadOf(Buffer.from(logs).toString("latin1"))).toBe("out\n");
  const events = Buffer.from(await curl("GET", "/v1.50/events?since=1&until=2")).toString();
  expect(events).toBe("");
  expect((await json<{ Id: string }[]>("GET", "/v1.50/containers/json?all=1")).map((row) => row.Id)).toEqual([Id]);
  await curl("DELETE", "/v1.50/containers/curled");
});

test("with curl an image is built from an archive, saved, removed and loaded again", async () => {
  const folder = engine.path("curl");
  mkdirSync(folder);
  writeFileSync(join(folder, "Dockerfile"), `FROM ${IMAGE}\nRUN echo built > /f\n`);
  const context = engine.path("context.tar");
  expect((await runCommand(["tar", "-cf", context, "-C", folder, "Dockerfile"])).code).toBe(0);
  const tar = ["-H", "Content-Type: application/x-tar", "--data-binary"];
  const said = Buffer.from(await curl("POST", "/build?t=curled:1", ...tar, `@${context}`)).toString();
  expect(said).toContain("Successfully tagged curled:1");
  const saved = engine.path("saved.tar");
  await curl("GET", "/images/curled:1/get", "-o", saved);
  await curl("DELETE", "/images/curled:1");
  expect(Buffer.from(await curl("POST", "/images/load", ...tar, `@${saved}`)).toString()).toContain("curled:1");
  await curl("DELETE", "/images/curled:1");
});

test("curl is told what is wrong in JSON, with its status", async () => {
  const words = ["-sS", "--unix-socket", service.socket, "-w", "%{http_code}", "http://engine/containers/none/json"];
  expect((await runCommand(["curl", ...words])).stdout).toBe('{"message":"No such container: none"}\n404');
});
