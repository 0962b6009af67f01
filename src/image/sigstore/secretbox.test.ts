import { expect, test } from "bun:test";
import { openSecretbox } from "./secretbox.ts";

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ""), "hex"));

// The example of "Cryptography in NaCl", sections 8 to 10.
const KEY = hex("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389");
const NONCE = hex("69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37");
const PLAIN = hex(`be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffc
  e5ecbaaf33bd751a1ac728d45e6c61296cdc3c01233561f41db66cce314adb31
  0e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde
  048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f93776384864 5e0705`);
const BOX = hex(`f3ffc7703f9400e52a7dfb4b3d3305d9
  8e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186a
  c0dfc17c98dce87b4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738
  b48eeee314a7cc8ab932164548e526ae90224368517acfeabd6bb3732bc0e9da
  99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74 e355a5`);

test("the box of NaCl's own example is opened", () => {
  expect(openSecretbox(BOX, NONCE, KEY)).toEqual(PLAIN);
});

test("with another key, another nonce or a changed byte it stays closed", () => {
  const changed = (bytes: Uint8Array): Uint8Array => bytes.map((byte, index) => (index === 20 ? byte ^ 1 : byte));
  expect(openSecretbox(changed(BOX), NONCE, KEY)).toBeUndefined();
  expect(openSecretbox(BOX, changed(NONCE), KEY)).toBeUndefined();
  expect(openSecretbox(BOX, NONCE, changed(KEY))).toBeUndefined();
  expect(openSecretbox(BOX.subarray(0, 10), NONCE, KEY)).toBeUndefined();
});
