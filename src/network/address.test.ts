import { describe, expect, test } from "bun:test";
import { addressAt, formatIp, macOf, maskAddress, overlaps, parseCidr, parseIp, parseMac } from "./address.ts";

const bytes = (text: string): Uint8Array => {
  const parsed = parseIp(text);
  if (parsed === undefined) throw new Error(`not an address: ${text}`);
  return parsed;
};

const range = (text: string): NonNullable<ReturnType<typeof parseCidr>> => {
  const parsed = parseCidr(text);
  if (parsed === undefined) throw new Error(`not a range: ${text}`);
  return parsed;
};

describe("an IP address", () => {
  test.each([
    ["10.0.0.1", "10.0.0.1"],
    ["0.0.0.0", "0.0.0.0"],
    ["::", "::"],
    ["::1", "::1"],
    ["1::", "1::"],
    ["FD00:0:0:0:0:0:0:2", "fd00::2"],
    ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
    ["1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"],
    ["::ffff:10.0.0.1", "::ffff:a00:1"],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
  ])("%s is written %s", (text, canonical) => {
    expect(formatIp(bytes(text))).toBe(canonical);
  });

  test.each(["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4/8", ":", ":::", "1:2:3:4:5:6:7", "1::2::3"])(
    "%j is none",
    (text) => {
      expect(parseIp(text)).toBeUndefined();
    },
  );

  test.each(["1:2:3:4:5:6:7:8:9", "12345::", "g::", "::1%eth0", "1:2:3:4:5:6:7:8::", "1.2.3.4::", "[::1]"])(
    "%j is none either",
    (text) => {
      expect(parseIp(text)).toBeUndefined();
    },
  );
});

describe("an address range", () => {
  test("host bits are cleared", () => {
    expect(formatIp(range("10.64.17.9/20").address)).toBe("10.64.16.0");
    expect(formatIp(range("fd00::1:2:3:4/64").address)).toBe("fd00::");
    expect(formatIp(maskAddress(bytes("10.1.2.3"), 0).address)).toBe("0.0.0.0");
  });

  test.each(["10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "fd00::/129", "x/8", "10.0.0.0/-1"])("%j is none", (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });

  test.each([
    ["10.0.0.0/8", "10.64.0.0/20", true],
    ["10.64.0.0/20", "10.0.0.0/8", true],
    ["10.64.0.0/20", "10.64.16.0/20", false],
    ["0.0.0.0/0", "10.64.0.0/20", true],
    ["10.64.15.255/32", "10.64.0.0/20", true],
    ["fd00::/64", "fd00:0:0:1::/64", false],
    ["::/0", "10.0.0.0/8", false],
  ])("%s and %s overlap: %p", (left, right, expected) => {
    expect(overlaps(range(left), range(right))).toBe(expected);
  });

  test("the n-th address carries over byte borders", () => {
    expect(formatIp(addressAt(range("10.64.0.0/20"), 300))).toBe("10.64.1.44");
    expect(formatIp(addressAt(range("fd00::/64"), 300))).toBe("fd00::12c");
  });
});

test("a MAC follows from the IPv4 address as Docker makes it", () => {
  expect(macOf(bytes("172.17.0.2"))).toBe("02:42:ac:11:00:02");
  expect([...(parseMac("02:42:ac:11:00:02") ?? [])]).toEqual([2, 0x42, 0xac, 0x11, 0, 2]);
  expect(parseMac("02:42:ac:11:00")).toBeUndefined();
});
