import { expect, test } from "bun:test";
import { createWords } from "./create-words.ts";

test("nothing asked is no word, and what is asked is one word each", () => {
  expect(createWords({ image: "web" })).toEqual([]);
  const words = createWords({
    image: "web",
    name: "-odd",
    env: { A: "1", B: "x=y z" },
    network: ["front", "back"],
    memoryBytes: 1024,
    autoRemove: true,
    entrypoint: [],
  });
  expect(words.toSorted()).toEqual(
    [
      "--name=-odd",
      "--env=A=1",
      "--env=B=x=y z",
      "--network=front",
      "--network=back",
      "--memory=1024b",
      "--rm=true",
      "--entrypoint=[]",
    ].toSorted(),
  );
});

test("ports have the forms of --publish", () => {
  const publish = (...ports: Parameters<typeof createWords>[0]["ports"] & {}): string[] =>
    createWords({ image: "web", ports });
  expect(publish({ container: 80 })).toEqual(["--publish=80"]);
  expect(publish({ container: 80, host: 8080, protocol: "udp" })).toEqual(["--publish=8080:80/udp"]);
  expect(publish({ container: 80, hostIp: "127.0.0.1" })).toEqual(["--publish=127.0.0.1::80"]);
  expect(publish({ container: 80, hostIp: "::1", host: 8080 })).toEqual(["--publish=[::1]:8080:80"]);
});

test("a path with a comma or a quote stays one field of --mount", () => {
  const mounts = [{ type: "bind", source: '/a,b"c', target: "/x", readOnly: true }] as const;
  expect(createWords({ image: "web", mounts })).toEqual(['--mount=type=bind,target=/x,"source=/a,b""c",readonly=true']);
});
