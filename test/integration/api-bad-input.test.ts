import { expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { eventually, IMAGE, runCommand, useEngine } from "../fixtures/engine.ts";
import { rawRequest } from "../fixtures/raw-http.ts";
import { useService } from "../fixtures/service.ts";

const engine = useEngine();
const service = useService(engine);

async function answer(method: string, path: string, body?: string, type = "application/json") {
  const response = await service.request(method, path, body, { "Content-Type": type });
  const text = await response.text();
  return {
    status: response.status,
    message: text === "" ? "" : ((JSON.parse(text) as { message?: string }).message ?? ""),
  };
}

test("JSON that is none, that is no object, and of another type is a 400 that says so", async () => {
  for (const [body, said] of [
    ["{", "invalid JSON"],
    ["[]", "is not an object"],
    ['"x"', "is not an object"],
    ['{"Image":1}', "Image is not a string"],
    ['{"Image":"bb:1","HostConfig":[]}', "HostConfig is not an object"],
    ['{"Image":"bb:1","Env":"A=1"}', "Env is not a list of strings"],
    ['{"Image":"bb:1","HostConfig":{"Memory":"1g"}}', "HostConfig.Memory is not an integer"],
    ['{"Image":"bb:1","Cmd":["a\\u0000b"],"User":"x\\u0000y"}', "User is not a string without NUL"],
    ["{}", "No image specified"],
  ] as const) {
    expect({ body, ...(await answer("POST", "/containers/create", body)) }).toEqual({
      body,
      status: 400,
      message: expect.stringContaining(said),
    });
  }
  expect(await answer("POST", "/containers/create", "{}", "text/plain")).toEqual({
    status: 400,
    message: "Content-Type specified (text/plain) must be 'application/json'",
  });
});

test("values that cannot be are refused by name, and nothing is made", async () => {
  for (const [host, said] of [
    [{ NetworkMode: "no-such-network" }, "no-such-network"],
    [{ Binds: ["relative/path:/x"] }, "use absolute path"],
    [{ Binds: ["/a:/b:nonsense"] }, "nonsense"],
    [{ CapAdd: ["NONSENSE"] }, "NONSENSE"],
    [{ RestartPolicy: { Name: "sometimes" } }, "sometimes"],
    [{ Memory: -5 }, "memory"],
    [{ PortBindings: { "99999/tcp": null } }, "99999"],
    [{ LogConfig: { Type: "nonsense" } }, "nonsense"],
    [{ SecurityOpt: ["nonsense"] }, "nonsense"],
    [{ Ulimits: [{ Name: "nonsense", Soft: 1, Hard: 1 }] }, "nonsense"],
  ] as const) {
    const { status, message } = await answer(
      "POST",
      "/containers/create",
      JSON.stringify({ Image: IMAGE, Cmd: ["true"], HostConfig: host }),
    );
    expect({ host, status: status >= 400 && status < 500, message }).toEqual({
      host,
      status: true,
      message: expect.stringContaining(said),
    });
  }
  expect(await service.json<unknown[]>("GET", "/containers/json?all=1")).toEqual([]);
});

test("a JSON body without an end to it is cut off", async () => {
  const { status } = await answer("POST", "/containers/create", `{"Image":"${"x".repeat(9 * 1024 * 1024)}"}`);
  expect(status).toBe(413);
});

test("heads: as long as Go takes them, and no longer", async () => {
  const long = await service.request("GET", "/_ping", undefined, { "X-Long": "x".repeat(200_000) });
  expect(long.status).toBe(200);
  // Some clients repeat the body of a create in its query.
  const query = `name=q&Labels=${"x".repeat(100_000)}`;
  const created = await service.request("POST", `/containers/create?${query}`, { Image: IMAGE, Cmd: ["true"] });
  expect(created.status).toBe(201);
  const endless = await rawRequest(service.socket, `GET /_ping HTTP/1.1\r\nHost: d\r\nX: ${"x".repeat(2_000_000)}`);
  await endless.ended();
  expect(endless.text()).not.toContain("200 OK");
});

test("versions: too new, too old, none, and what is no version", async () => {
  expect((await answer("GET", "/v9.99/containers/json")).message).toBe(
    "client version 9.99 is too new. Maximum supported API version is 1.50",
  );
  expect((await answer("GET", "/v1.12/containers/json")).message).toContain("Minimum supported API version is 1.24");
  for (const path of ["/v1.24/_ping", "/v1.50/_ping", "/_ping"])
    expect((await service.request("GET", path)).status).toBe(200);
  for (const path of ["/vx/_ping", "/v1.50", "/nothing"])
    expect(await answer("GET", path)).toEqual({ status: 404, message: "page not found" });
  expect(await answer("PATCH", "/version")).toEqual({ status: 404, message: "page not found" });
});

test("paths with dots, NUL and broken escapes reach nothing", async () => {
  for (const name of ["..%2f..%2fetc", "%00", "%zz", "a%00b"]) {
    const raw = await rawRequest(
      service.socket,
      `GET /containers/${name}/json HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n`,
    );
    await raw.ended();
    expect({ name, line: raw.text().split("\r\n")[0] }).toEqual({ name, line: expect.stringMatching(/ 40[04] /) });
  }
});

test("requests that two parsers would read differently are refused", async () => {
  for (const head of [
    "POST /containers/x/start HTTP/1.1\r\nHost: d\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    "POST /containers/x/attach HTTP/1.1\r\nHost: d\r\nContent-Length: -1\r\n\r\n",
    "GET /_ping HTTP/9.9\r\n\r\n",
    "\0\0\0\r\n\r\n",
    "GET /_ping HTTP/1.1\nHost: d\n\n\0",
  ]) {
    const raw = await rawRequest(service.socket, head);
    raw.endInput();
    await raw.ended();
    expect({ head, ok: raw.text().startsWith("HTTP/1.1 2") }).toEqual({ head, ok: false });
  }
  expect(await service.answers()).toBe(true);
});

test("the archive of a PUT keeps to the container's root: links, dots and devices of the host", async () => {
  await engine.detached(["--name", "box"], "sleep", "1000");
  const canary = engine.path("canary");
  writeFileSync(canary, "untouched");
  const folder = engine.path("evil");
  mkdirSync(folder);
  symlinkSync(engine.folder, `${folder}/out`);
  writeFileSync(engine.path("payload"), "overwritten");
  const tar = engine.path("evil.tar");
  const names = ["-C", folder, "out", "-C", engine.folder, "--transform", "s,^payload$,out/canary,", "payload"];
  expect((await runCommand(["tar", "-cPf", tar, ...names])).code).toBe(0);
  const climbing = engine.path("dots.tar");
  const dots = ["-C", engine.folder, "--transform", "s,^payload$,../../../../../../tmp/estiba-climbed,", "payload"];
  expect((await runCommand(["tar", "-cPf", climbing, ...dots])).code).toBe(0);
  for (const archive of [tar, climbing]) {
    const response = await service.request(
      "PUT",
      "/containers/box/archive?path=/tmp",
      await Bun.file(archive).bytes(),
      {
        "Content-Type": "application/x-tar",
      },
    );
    await response.text();
  }
  expect(await Bun.file(canary).text()).toBe("untouched");
  expect(await Bun.file("/tmp/estiba-climbed").exists()).toBe(false);
  const nonsense = await service.request("PUT", "/containers/box/archive?path=/tmp", "this is no archive", {
    "Content-Type": "application/x-tar",
  });
  expect({ status: nonsense.status >= 400 && nonsense.status < 600 }).toEqual({ status: true });
  expect((await answer("PUT", "/containers/box/archive?path=/etc/passwd", "")).status).toBe(400);
});

test("a link in the container leads nowhere outside it", async () => {
  await engine.detached(
    ["--name", "box"],
    "sh",
    "-c",
    "ln -s /etc/hostname /tmp/l; ln -s ../../../../../../.. /tmp/up; exec sleep 1000",
  );
  await eventually(
    async () => (await service.request("HEAD", "/containers/box/archive?path=/tmp/up")).status,
    (status) => status === 200,
  );
  const header = (await service.request("HEAD", "/containers/box/archive?path=/tmp/up")).headers.get(
    "x-docker-container-path-stat",
  );
  const stat = JSON.parse(Buffer.from(header ?? "", "base64").toString()) as { linkTarget: string };
  expect(stat.linkTarget).toBe("/");
  expect((await answer("GET", `/containers/box/archive?path=/tmp/up${engine.path("api.sock")}`)).status).toBe(404);
});

test("a client that sends nothing, or a head byte by byte, holds nobody else up", async () => {
  const slow = await Promise.all(Array.from({ length: 50 }, async () => await rawRequest(service.socket, "P")));
  expect(await service.answers()).toBe(true);
  for (const client of slow) client.send("O");
  expect((await service.request("GET", "/containers/json")).status).toBe(200);
  for (const client of slow) client.vanish();
});

test("of twenty that create one name at once, one does", async () => {
  const body = { Image: IMAGE, Cmd: ["true"] };
  const answers = await Promise.all(
    Array.from(
      { length: 20 },
      async () => (await service.request("POST", "/containers/create?name=race", body)).status,
    ),
  );
  expect(answers.toSorted((a, b) => a - b)).toEqual([201, ...Array.from({ length: 19 }, () => 409)]);
});

test("start, stop and remove of one container at once: each is answered, nothing is left", async () => {
  await service.json("POST", "/containers/create?name=busy", { Image: IMAGE, Cmd: ["sleep", "1000"] }, 201);
  const calls = [
    ["POST", "/containers/busy/start"],
    ["POST", "/containers/busy/start"],
    ["POST", "/containers/busy/stop?t=0"],
    ["POST", "/containers/busy/kill"],
    ["DELETE", "/containers/busy?force=1"],
    ["DELETE", "/containers/busy?force=1"],
  ] as const;
  const statuses = await Promise.all(calls.map(async ([method, path]) => (await service.request(method, path)).status));
  expect(statuses.filter((status) => status >= 500)).toEqual([]);
  expect((await service.request("GET", "/containers/busy/json")).status).toBe(404);
});

test("a network with addresses to be left out is refused, and one that is attachable says so", async () => {
  const config = { Subnet: "10.93.4.0/24", AuxiliaryAddresses: { printer: "10.93.4.9" } };
  const body = { Name: "aux", Attachable: true, IPAM: { Config: [config] } };
  expect(await answer("POST", "/networks/create", JSON.stringify(body))).toEqual({
    status: 400,
    message: expect.stringContaining("auxiliary addresses"),
  });
  await service.json("POST", "/networks/create", { ...body, IPAM: { Config: [] } }, 201);
  expect(await service.json<object>("GET", "/networks/aux")).toMatchObject({ Attachable: true });
});

test("a network has the families and the driver of addresses that were asked for, or is refused", async () => {
  for (const [asked, status, said] of [
    [{ IPAM: { Driver: "nonsense" } }, 404, "could not find plugin nonsense"],
    [{ EnableIPv4: false }, 400, "without IPv4 needs IPv6"],
    [{ EnableIPv4: false, EnableIPv6: true, IPAM: { Config: [{ Subnet: "10.214.7.0/24" }] } }, 400, "without IPv4"],
  ] as const) {
    expect({ asked, ...(await answer("POST", "/networks/create", JSON.stringify({ Name: "odd", ...asked }))) }).toEqual(
      {
        asked,
        status,
        message: expect.stringContaining(said),
      },
    );
  }
  const subnet = "fd00:214:7::/64";
  const config = { EnableIPv4: false, EnableIPv6: true, IPAM: { Driver: "default", Config: [{ Subnet: subnet }] } };
  await service.json("POST", "/networks/create", { Name: "six", ...config }, 201);
  await service.json("POST", "/networks/create", { Name: "bare", IPAM: { Driver: "null" } }, 201);
  const id = await engine.detached(["--network", "six"], "sleep", "60");
  expect(await service.json<object>("GET", "/networks/six")).toMatchObject({
    ...config,
    Containers: { [id]: { IPv4Address: "", IPv6Address: "fd00:214:7::2/64" } },
  });
  expect(await service.json<object>("GET", "/networks/bare")).toMatchObject({ IPAM: { Driver: "null", Config: [] } });
  await engine.ok(["rm", "-f", id]);
  await engine.ok(["network", "rm", "six", "bare"]);
});

test("nobody is connected to the host's network or none, nor disconnected from it", async () => {
  const id = await engine.ok(["create", "--network", "host", IMAGE, "true"]);
  const other = await engine.ok(["create", IMAGE, "true"]);
  const ask = async (path: string, Container: string) =>
    await answer("POST", `/networks/${path}`, JSON.stringify({ Container }));
  const host = "container cannot be disconnected from host network or connected to host network";
  const none = "container cannot be connected to multiple networks with one of the networks in private (none) mode";
  expect(await ask("host/connect", other)).toEqual({ status: 400, message: host });
  expect(await ask("none/connect", other)).toEqual({ status: 400, message: none });
  expect(await ask("host/disconnect", id)).toEqual({ status: 400, message: host });
  expect(await ask("host/disconnect", other)).toMatchObject({ status: 403 });
  await engine.ok(["rm", id, other]);
});

test("filters that are not known, and parameters that make no sense, are 400", async () => {
  for (const path of [
    '/containers/json?filters={"bogus":["x"]}',
    "/containers/json?filters=nonsense",
    "/containers/json?limit=many",
    '/images/json?filters={"bogus":["x"]}',
    '/volumes?filters={"bogus":["x"]}',
    '/networks?filters={"bogus":["x"]}',
    '/events?filters={"bogus":["x"]}',
    "/events?since=yesterday",
  ])
    expect({ path, status: (await answer("GET", path)).status }).toEqual({ path, status: 400 });
});
