import { expect, test } from "bun:test";
import { parseSecret } from "./secret-option.ts";

const file = { type: "mount", uid: 0, gid: 0, mode: 0o444 };

test("a secret is a file in /run/secrets, unless it is given another place, which never climbs above the root", () => {
  expect(parseSecret("s")).toEqual({ ...file, secret: "s", target: "/run/secrets/s" } as never);
  expect(parseSecret("s,target=t")).toMatchObject({ secret: "s", target: "/run/secrets/t" });
  expect(parseSecret("source=s,target=/etc/x,uid=1,gid=2,mode=0600")).toEqual({
    secret: "s",
    type: "mount",
    target: "/etc/x",
    uid: 1,
    gid: 2,
    mode: 0o600,
  });
  expect(parseSecret("s,target=../../../../x")).toMatchObject({ target: "/x" });
});

test("a secret of the type env is a variable of its name, or of the target's", () => {
  expect(parseSecret("s,type=env")).toEqual({ secret: "s", type: "env", variable: "s" });
  expect(parseSecret("type=env,source=s,target=T")).toEqual({ secret: "s", type: "env", variable: "T" });
  for (const text of ["s,type=env,mode=1", "s,type=env,target=A=B", "", "s,mode=888", "s,uid=-1", "s,uid=4294967295"])
    expect(() => parseSecret(text)).toThrow("--secret");
});
