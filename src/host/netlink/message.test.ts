import { describe, expect, test } from "bun:test";
import {
  attributeNumber,
  attributeNumberBe,
  attributeText,
  listAttributes,
  NetlinkWriter,
  NLA_F_NESTED,
  NLM_F,
  parseAttributes,
  parseMessages,
} from "./message.ts";
import { addRoute, addVethPair, setLinkUp } from "./route.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("a netlink message", () => {
  test("nests attributes, pads each to four bytes and does not count the padding", () => {
    const writer = new NetlinkWriter();
    writer.message(0x0a0c, NLM_F.REQUEST | NLM_F.ACK | NLM_F.CREATE, () => {
      writer.u8(1).u8(0).u16be(0);
      writer.attributeString(2, "any4").attribute(3 | NLA_F_NESTED, () => {
        writer.attributeBytes(1, Uint8Array.of(6, 0, 0, 0, 0x1f, 0x90, 0, 0));
      });
    });
    expect(hex(writer.bytes)).toBe(
      "300000000c0a05040100000000000000" + // header: 48 bytes, sequence 1
        "01000000" + // family inet
        "09000200616e793400000000" + // "any4" with its NUL: 9 bytes, padded to 12
        "10000380" + // nested, 16 bytes
        "0c000100060000001f900000",
    );
    expect(writer.expected).toEqual([{ sequence: 1, dump: false }]);
  });

  test("grows beyond its first buffer without losing a byte", () => {
    const writer = new NetlinkWriter();
    const value = Uint8Array.from({ length: 3001 }, (_, index) => index & 0xff);
    writer.message(1, NLM_F.REQUEST, () => writer.attributeBytes(7, value));
    const [message] = parseMessages(writer.bytes);
    expect(message && parseAttributes(message.payload).get(7)).toEqual(value);
    expect(writer.expected).toEqual([]);
  });

  test("is read back with its numbers and texts", () => {
    const writer = new NetlinkWriter();
    writer.message(16, NLM_F.REQUEST | NLM_F.DUMP, () =>
      writer.attributeU32(1, 0x01020304).attributeU32be(2, 0x01020304).attributeString(3, "eth0"),
    );
    writer.message(17, NLM_F.REQUEST, () => {});
    const [first, second] = parseMessages(writer.bytes);
    const attributes = parseAttributes(first?.payload ?? new Uint8Array());
    expect(attributeNumber(attributes.get(1))).toBe(0x01020304);
    expect(attributeNumberBe(attributes.get(2))).toBe(0x01020304);
    expect(attributeText(attributes.get(3))).toBe("eth0");
    expect(second?.sequence).toBe(2);
    expect(writer.expected).toEqual([{ sequence: 1, dump: true }]);
  });

  test("a truncated one, or an attribute with a wrong length, ends the list", () => {
    const writer = new NetlinkWriter();
    writer.message(1, 0, () => writer.attributeU32(1, 1));
    expect(parseMessages(writer.bytes.subarray(0, 20))).toEqual([]);
    expect(listAttributes(Uint8Array.of(2, 0, 1, 0, 8, 0, 1, 0))).toEqual([]);
    expect(listAttributes(Uint8Array.of(200, 0, 1, 0))).toEqual([]);
    expect(attributeText(undefined)).toBe("");
  });
});

describe("a message to the routing subsystem", () => {
  test("a veth pair puts its peer, switched off, into the other namespace with the chosen index", () => {
    const writer = new NetlinkWriter();
    const mac = Uint8Array.of(2, 0x42, 10, 64, 0, 2);
    const peer = { name: "eth0", index: 2, mac, netnsFd: 7 };
    addVethPair(writer, { name: "veth0", alias: "c1 bridge", bridgeIndex: 5, peer });
    const [link, plain, port] = parseMessages(writer.bytes);
    expect([link, plain, port].map((message) => message?.type)).toEqual([16, 16, 16]);
    // Switched on by who has set the peer up.
    const flags = [link, plain, port].map((message) => hex(message?.payload.subarray(8, 16) ?? new Uint8Array()));
    expect(flags).toEqual(["0000000000000000", "0000000000000000", "0000000000000000"]);
    const families = parseAttributes(plain?.payload ?? new Uint8Array(), 16).get(26) ?? new Uint8Array();
    const six = parseAttributes(families).get(10) ?? new Uint8Array();
    expect(hex(parseAttributes(six).get(8) ?? new Uint8Array())).toBe("01");
    const attributes = parseAttributes(link?.payload ?? new Uint8Array(), 16);
    expect(attributeNumber(attributes.get(10))).toBe(5);
    const data = parseAttributes(attributes.get(18) ?? new Uint8Array()).get(2);
    const header = parseAttributes(data ?? new Uint8Array()).get(1) ?? new Uint8Array();
    expect(hex(header.subarray(0, 16))).toBe("00000000020000000000000000000000");
    expect(parseAttributes(header, 16).get(1)).toEqual(mac);
    const portInfo = parseAttributes(port?.payload ?? new Uint8Array(), 16).get(18) ?? new Uint8Array();
    expect(hex(parseAttributes(portInfo).get(5) ?? new Uint8Array())).toBe("0500040001000000");
  });

  test("a default route names gateway and interface in the main table", () => {
    const writer = new NetlinkWriter();
    addRoute(writer, { index: 2, gateway: Uint8Array.of(10, 64, 0, 1) });
    expect(hex(writer.bytes)).toBe(
      "2c00000018000506010000000000000002000000fe03000100000000080005000a4000010800040002000000",
    );
  });

  test("an interface is switched on by index without touching other flags", () => {
    const writer = new NetlinkWriter();
    setLinkUp(writer, { index: 1 });
    expect(hex(writer.bytes)).toBe("2000000010000500010000000000000000000000010000000100000001000000");
  });
});
