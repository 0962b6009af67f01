import { expect, test } from "bun:test";
import { recordOf, specOf } from "../../test/fixtures/record.ts";
import type { ContainerSummary } from "../engine/list.ts";
import { containerRow, formatPort } from "./container-row.ts";

const NOW = 1_700_000_100_000;
const record = recordOf(specOf("--name", "web", "-p", "8080:80", "bb", "httpd", "-f", "-h", "/a/long/folder"));
const port = { hostIp: "", hostPort: 8080, containerPort: 80, protocol: "tcp" as const, range: 1 };
const running: ContainerSummary = {
  record,
  status: "running",
  state: { status: "running", init: { pid: 42, startTicks: 1 }, startedAt: NOW - 5000, ports: [port] },
  exit: undefined,
};

test("a running container's row", () => {
  expect(containerRow(running, NOW, false)).toMatchObject({
    ID: "aaaaaaaaaaaa",
    Image: "localhost/bb:1",
    Command: "httpd -f -h /a/lo...",
    CreatedHuman: "About a minute ago",
    Status: "Up 5 seconds",
    State: "running",
    Ports: "0.0.0.0:8080->80/tcp",
    Names: "web",
    Pid: 42,
  });
});

test("an ended container tells its exit code and when", () => {
  const exit = { code: 3, startedAt: NOW - 9000, finishedAt: NOW - 7000, oomKilled: false };
  expect(containerRow({ record, status: "exited", state: undefined, exit }, NOW, true)).toMatchObject({
    ID: "a".repeat(64),
    Command: "httpd -f -h /a/long/folder",
    Status: "Exited (3) 7 seconds ago",
    Pid: 0,
  });
  expect(containerRow({ record, status: "created", state: undefined, exit: undefined }, NOW, false).Status).toBe(
    "Created",
  );
});

test("ports are printed with their host address and as ranges", () => {
  expect(formatPort(port)).toBe("0.0.0.0:8080->80/tcp");
  expect(formatPort({ ...port, hostIp: "::1", protocol: "udp" })).toBe("[::1]:8080->80/udp");
  expect(formatPort({ ...port, hostIp: "127.0.0.1", range: 3 })).toBe("127.0.0.1:8080-8082->80-82/tcp");
});

test("exposed ports that are not published are listed too", () => {
  const exposed = { ...record, exposed: ["80/tcp", "9000/udp"] };
  expect(containerRow({ ...running, record: exposed }, NOW, false).Ports).toBe("0.0.0.0:8080->80/tcp, 9000/udp");
  const ranges = { ...record, exposed: ["79/tcp", "80/tcp", "81/tcp", "82/tcp", "83/udp"] };
  expect(containerRow({ ...running, record: ranges }, NOW, false).Ports).toBe(
    "0.0.0.0:8080->80/tcp, 79/tcp, 81-82/tcp, 83/udp",
  );
});
