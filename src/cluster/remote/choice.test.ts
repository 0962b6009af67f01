import { expect, test } from "bun:test";
import { EstibaError } from "../../lib/error.ts";
import { type Choice, makeChoice } from "./choice.ts";

const silent = new EstibaError("unavailable", { reason: "cluster.no_manager", what: "it does not answer" });
const follower = (leader?: string): EstibaError =>
  new EstibaError("unavailable", {
    reason: "cluster.not_leader",
    what: "another one leads",
    details: leader === undefined ? {} : { leader },
  });

/** Who is asked so many times, each of whom answers with this error. */
async function asked(choice: Choice, times: number, error: EstibaError): Promise<string[]> {
  const managers: string[] = [];
  const ask = async (manager: string): Promise<never> => {
    managers.push(manager);
    throw await Promise.resolve(error);
  };
  for (let time = 0; time < times; time++) await choice.ask(ask).catch((thrown: unknown) => expect(thrown).toBe(error));
  return managers;
}

test("managers are asked in turns, and the one that leads as soon as another one says so", async () => {
  const choice = makeChoice(
    () => ({ managers: ["a", "b"], formerManagers: ["c"] }),
    () => 0,
  );
  expect(await choice.ask(async (manager) => await Promise.resolve(manager))).toBe("a");
  expect(await asked(choice, 1, silent)).toEqual(["a"]);
  expect(await asked(choice, 1, follower("elsewhere"))).toEqual(["b"]);
  expect(await asked(choice, 3, silent)).toEqual(["elsewhere", "a", "b"]);
});

test("those that there were before are asked when no manager has answered for ten seconds, and no sooner", async () => {
  const clock = { at: 0 };
  const choice = makeChoice(
    () => ({ managers: ["a", "b"], formerManagers: ["c", "d"] }),
    () => clock.at,
  );
  expect(await asked(choice, 4, silent)).toEqual(["a", "b", "a", "b"]);
  clock.at = 11_000;
  expect(await asked(choice, 5, silent)).toEqual(["a", "b", "c", "d", "a"]);
  // One that does not lead is one that answers.
  expect(await asked(choice, 3, follower())).toEqual(["b", "a", "b"]);
  clock.at = 22_000;
  expect(await choice.ask(async (manager) => await Promise.resolve(manager))).toBe("a");
  expect(await asked(choice, 3, silent)).toEqual(["a", "b", "a"]);
});
