import { describe, expect, test } from "bun:test";
import { parsePort } from "./parse-port.ts";

describe("a published port", () => {
  test.each([
    ["80", "", 0, 80, "tcp", 1],
    ["8080:80", "", 8080, 80, "tcp", 1],
    ["0:80", "", 0, 80, "tcp", 1],
    ["8080:80/udp", "", 8080, 80, "udp", 1],
    ["53/UDP", "", 0, 53, "udp", 1],
    ["9:9/sctp", "", 9, 9, "sctp", 1],
    ["127.0.0.1:8080:80", "127.0.0.1", 8080, 80, "tcp", 1],
    ["127.0.0.1::80", "127.0.0.1", 0, 80, "tcp", 1],
    ["0.0.0.0:8080:80", "0.0.0.0", 8080, 80, "tcp", 1],
    ["[::]:8080:80", "::", 8080, 80, "tcp", 1],
    ["[fd00:0::0:2]:8080:80", "fd00::2", 8080, 80, "tcp", 1],
    ["[fd00::2]::80", "fd00::2", 0, 80, "tcp", 1],
    ["8000-8010:9000-9010", "", 8000, 9000, "tcp", 11],
    ["80-82", "", 0, 80, "tcp", 3],
    ["10.0.0.1:8000-8001:80-81/udp", "10.0.0.1", 8000, 80, "udp", 2],
    ["65535:65535", "", 65535, 65535, "tcp", 1],
  ] as const)("reads %s", (text, ...parts) => {
    const [hostIp, hostPort, containerPort, protocol, range] = parts;
    expect(parsePort(text)).toEqual({ hostIp, hostPort, containerPort, protocol, range });
  });

  test("one container port takes one of a range of the host's", () => {
    expect(parsePort("127.0.0.1:8000-8002:80/udp")).toEqual({
      hostIp: "127.0.0.1",
      hostPort: 0,
      among: { first: 8000, last: 8002 },
      containerPort: 80,
      protocol: "udp",
      range: 1,
    });
  });

  test.each([
    ["", "container port is empty"],
    ["8080:", "container port is empty"],
    [":80", "host port is empty"],
    [":8080:80", "address is empty"],
    ["0", "not between"],
    ["8080:0", "not between"],
    ["65536:80", 'host port "65536"'],
    ["80:70000", 'container port "70000"'],
    ["123456:80", 'host port "123456"'],
    ["web:80", 'host port "web"'],
    ["80:web", 'container port "web"'],
    ["80/icmp", '"icmp" is no protocol'],
    ["80/", '"" is no protocol'],
    ["localhost:8080:80", '"localhost" is no IP address'],
    ["256.0.0.1:8080:80", '"256.0.0.1" is no IP address'],
    ["127.0.0.1:80", '"127.0.0.1" is no host port'],
    ["::1:8080:80", "brackets"],
    ["[::1]:80", "[ADDRESS]:HOSTPORT"],
    ["[]:80:80", "[ADDRESS]:HOSTPORT"],
    ["[1.2.3]:80:80", '"1.2.3" is no IP address'],
    ["8000-8002:80-81", "3 and 2"],
    ["8000:80-81", "1 and 2"],
    ["9000-8000:80-81", "backwards"],
    ["0-1:80-81", "begin at 0"],
    ["-80:80", 'host port "-80"'],
    ["80 :80", 'host port "80 "'],
  ])("refuses %j and says why", (text, why) => {
    expect(() => parsePort(text)).toThrow(why);
  });
});
