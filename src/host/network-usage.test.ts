import { expect, test } from "bun:test";
import { parseNetworkUsage, readNetworkUsage } from "./network-usage.ts";

const TEXT = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:     900       1    0    0    0     0          0         0      900       1    0    0    0     0       0          0
  eth0:     760       6    0    0    0     0          0         0      200       2    0    0    0     0       0          0
  eth1:1      1    0    0    0     0          0         0      2       2    0    0    0     0       0          0
`;

test("what came in and went out is summed up, without the loopback", () => {
  expect(parseNetworkUsage(TEXT)).toEqual({ inputBytes: 761, outputBytes: 202 });
  expect(parseNetworkUsage("")).toEqual({ inputBytes: 0, outputBytes: 0 });
});

test("the host's own network namespace counts as nothing", () => {
  expect(readNetworkUsage(process.pid)).toEqual({ inputBytes: 0, outputBytes: 0 });
});
