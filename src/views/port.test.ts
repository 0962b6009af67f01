import { expect, test } from "bun:test";
import { publishedPorts } from "./port.ts";

test("ports stand by themselves, in order, with the address they are published at", () => {
  const ports = publishedPorts([
    { hostIp: "::1", hostPort: 9000, containerPort: 90, protocol: "udp", range: 2 },
    { hostIp: "", hostPort: 8080, containerPort: 80, protocol: "tcp", range: 1 },
    { hostIp: "127.0.0.1", hostPort: 8081, containerPort: 80, protocol: "tcp", range: 1 },
  ]);
  expect(ports).toEqual([
    { container: "80/tcp", host: "0.0.0.0:8080" },
    { container: "80/tcp", host: "127.0.0.1:8081" },
    { container: "90/udp", host: "[::1]:9000" },
    { container: "91/udp", host: "[::1]:9001" },
  ]);
});
