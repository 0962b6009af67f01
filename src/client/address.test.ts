import { expect, test } from "bun:test";
import { formatEngineAddress, parseEngineAddress } from "./address.ts";

test("addresses of each kind are read, and printed as they are read", () => {
  const verify = { verify: true };
  for (const [text, address, printed = text] of [
    ["unix:///run/estiba/estiba.sock", { kind: "unix", path: "/run/estiba/estiba.sock" }],
    ["tcp://far.example:2375", { kind: "tcp", host: "far.example", port: 2375 }],
    ["tcp://far", { kind: "tcp", host: "far", port: 2375 }, "tcp://far:2375"],
    ["tcp://:4000", { kind: "tcp", host: "127.0.0.1", port: 4000 }, "tcp://127.0.0.1:4000"],
    ["tcp://[fd00::1]:2376", { kind: "tcp", host: "fd00::1", port: 2376 }],
    ["https://far/", { kind: "tcp", host: "far", port: 2376, tls: verify }, "tcp://far:2376"],
    ["ssh://me@far:2222", { kind: "ssh", host: "far", user: "me", port: 2222, socket: undefined }],
    ["ssh://far/run/x.sock", { kind: "ssh", host: "far", user: undefined, port: undefined, socket: "/run/x.sock" }],
  ] as const) {
    const read = parseEngineAddress(text);
    expect([text, read]).toEqual([text, address]);
    expect(formatEngineAddress(read)).toBe(printed);
  }
});

test("what is no address, or could be taken for an option or a shell's words, is refused", () => {
  for (const text of [
    "",
    "/run/x.sock",
    "unix://run/x.sock",
    "npipe:////./pipe/docker",
    "tcp://far:0",
    "tcp://far:99999",
    "tcp://a b:1",
    "ssh://-oProxyCommand=x",
    "ssh://-x@far",
    "ssh://far/run/x.sock;reboot",
    "ssh://far/$(x)",
    "ssh://",
  ])
    expect(() => parseEngineAddress(text)).toThrow("is no address of an engine");
});
