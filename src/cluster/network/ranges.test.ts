import { expect, test } from "bun:test";
import { address6, subnet6For } from "./ranges.ts";

const network = {
  id: "n",
  name: "back",
  createdAt: 0,
  labels: {},
  options: {},
  subnet: "10.33.0.0/22",
  vni: 1,
  internal: false,
};

test("an IPv6 subnet is a unique local one that no network has, or the one asked for", () => {
  const taken = { ...network, subnet6: "fd01:203:405:607::/64" };
  const chances = ["01020304050607", "0a0b0c0d0e0f10"];
  expect(subnet6For([taken], undefined, () => chances.shift() ?? "")).toBe("fd0a:b0c:d0e:f10::/64");
  expect(subnet6For([taken], "fd00:1::/64", () => "")).toBe("fd00:1::/64");
  expect(() => subnet6For([taken], "fd01:203:405::/48", () => "")).toThrow('which the network "back" has');
  for (const wrong of ["10.1.0.0/24", "fd00::/16", "fd00::/120"])
    expect(() => subnet6For([], wrong, () => "")).toThrow("cannot be used");
});

test("an IPv6 address has the number of the IPv4 one", () => {
  expect(address6({ ...network, subnet6: "fd5a::/64" }, "10.33.1.4")).toBe("fd5a::104");
  expect(address6(network, "10.33.1.4")).toBeUndefined();
});
