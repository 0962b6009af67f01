import { expect, test } from "bun:test";
import type { Step } from "../plan/step.ts";
import { runSteps } from "./run-steps.ts";

function step(id: string, ...after: string[]): Step {
  return { id, after, action: { kind: "keep", name: id } };
}

test("steps run side by side, and behind those they wait for", async () => {
  const order: string[] = [];
  await runSteps([step("c", "a", "b"), step("a"), step("b")], {
    signal: new AbortController().signal,
    report: ({ phase, step: { id } }) => order.push(`${phase} ${id}`),
    work: async () => await Promise.resolve(undefined),
  });
  expect(order).toEqual(["begin a", "begin b", "done a", "done b", "begin c", "done c"]);
});

test("after a failure nothing new begins, what is under way is aborted, and the first failure is thrown", async () => {
  const seen: string[] = [];
  const running = runSteps([step("bad"), step("slow"), step("never", "bad")], {
    signal: new AbortController().signal,
    report: () => undefined,
    work: async ({ id }, signal) => {
      seen.push(id);
      if (id === "bad") throw new Error("first");
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      throw new Error("second");
    },
  });
  expect(running).rejects.toThrow("first");
  await running.catch(() => undefined);
  expect(seen).toEqual(["bad", "slow"]);
});

test("an abort ends it between steps", async () => {
  const stop = new AbortController();
  const seen: string[] = [];
  const running = runSteps([step("a"), step("b", "a")], {
    signal: stop.signal,
    report: () => undefined,
    work: async ({ id }) => {
      seen.push(id);
      stop.abort(new Error("enough"));
      return await Promise.resolve(undefined);
    },
  });
  expect(running).rejects.toThrow("enough");
  await running.catch(() => undefined);
  expect(seen).toEqual(["a"]);
});
