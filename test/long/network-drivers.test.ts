import { expect, test } from "bun:test";
import { testInVm } from "../fixtures/vm.ts";

const HALF_AN_HOUR_MS = 1_800_000;

test(
  "VLANs and ipvlan work under Debian's own kernel, which has both",
  async () => {
    const output = await testInVm(["network-vlan", "network-drivers"], { timeoutMs: HALF_AN_HOUR_MS });
    expect(output).toMatch(/\n 0 fail\n/);
    // What is left out is what other kernels are for.
    const skipped = [...new Set(output.match(/^\(skip\) .*/gm))].toSorted();
    expect(skipped).toEqual([
      expect.stringContaining("has no such interfaces"),
      expect.stringContaining("would not heed is refused"),
    ]);
  },
  HALF_AN_HOUR_MS,
);
