import { expect, test } from "bun:test";
import type { Sample } from "./measures.ts";
import { lostRows, report } from "./report.ts";

const facts = {
  versions: { estiba: "1", docker: "20" },
  pullSize: undefined,
  left: {},
  notes: [],
  machine: "a machine",
};

test("the cluster has a table of its own, beside Swarm; what one of them has not measured stays empty", () => {
  const samples: Sample[] = [
    { of: "cluster-declare", peer: "estiba", value: 2 },
    { of: "cluster-declare", peer: "docker", value: 6 },
    { of: "cluster-update", peer: "estiba", value: 1 },
  ];
  const lines = report({ ...facts, samples, notes: ["No IPVS here."] }).split("\n");
  expect(lines[0]).toBe("| | Estiba 1 | Swarm 20 | × swarm | to reach |");
  expect(lines[2]).toEndWith("| 2.00 s | 6.00 s | 3.0 | 1× docker ✓, at most 3 s ✓ |");
  expect(lines[3]).toEndWith("| 1 |  |  | at most 0 ✗ |");
  expect(lines.at(-1)).toBe("No IPVS here.");
});

test("a run of both has both tables; one of commands alone has the README's", () => {
  const command: Sample = { of: "run", peer: "estiba", value: 20 };
  const both = report({ ...facts, samples: [command, { of: "cluster-nft", peer: "estiba", value: 1 }] });
  expect(both.match(/^\|---/gm)).toHaveLength(2);
  expect(report({ ...facts, samples: [command] })).not.toContain("Swarm");
});

test("rows that would be lost are named, whatever the size of an image is today", () => {
  const samples: Sample[] = [
    { of: "run", peer: "estiba", value: 20 },
    { of: "pull", peer: "estiba", value: 1 },
  ];
  const whole = report({ ...facts, samples, pullSize: "89 MB (227 MB unpacked, 6,787 files)" });
  const later = report({ ...facts, samples, pullSize: "93 MB (230 MB unpacked, 6,800 files)" });
  expect(lostRows(whole, later)).toEqual([]);
  expect(lostRows(whole, report({ ...facts, samples: samples.slice(1) }))).toEqual([
    "`run --rm IMAGE true`, bridge network",
  ]);
});
