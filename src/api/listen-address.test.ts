import { expect, test } from "bun:test";
import { parseListenAddress } from "./listen-address.ts";

const surroundings = { environment: {}, pid: 7, runRoot: "/run/estiba" };

test("the forms of an address", () => {
  expect(parseListenAddress(undefined, surroundings)).toEqual({ kind: "unix", path: "/run/estiba/estiba.sock" });
  expect(parseListenAddress("unix:///a/b", surroundings)).toEqual({ kind: "unix", path: "/a/b" });
  expect(parseListenAddress("tcp://:2376", surroundings)).toEqual({ kind: "tcp", host: "127.0.0.1", port: 2376 });
  expect(parseListenAddress("tcp://[::1]:2376/", surroundings)).toEqual({ kind: "tcp", host: "::1", port: 2376 });
  for (const bad of ["", "/a", "unix://a", "tcp://a", "tcp://a:99999", "http://a:1", "fd://"])
    expect(() => parseListenAddress(bad, surroundings)).toThrow("cannot listen at");
});

test("a socket is systemd's when it is meant for this process", () => {
  const handed = { ...surroundings, environment: { LISTEN_PID: "7", LISTEN_FDS: "1" } };
  expect(parseListenAddress(undefined, handed)).toEqual({ kind: "fd", fd: 3 });
  expect(parseListenAddress("fd://", handed)).toEqual({ kind: "fd", fd: 3 });
  expect(() => parseListenAddress("fd://", { ...handed, pid: 8 })).toThrow("LISTEN_PID");
});
