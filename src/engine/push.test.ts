import { expect, test } from "bun:test";
import { ownDestination } from "./push.ts";

test("what was typed without a registry is pushed to Docker Hub; what names one, or was found by its id, to its own name", () => {
  for (const [typed, name, destination] of [
    ["app", "localhost/app:latest", "docker.io/library/app:latest"],
    ["user/app:1", "localhost/user/app:1", "docker.io/user/app:1"],
    ["localhost/user/app:1", "localhost/user/app:1", "localhost/user/app:1"],
    ["29ad2038726e", "localhost/app:latest", "localhost/app:latest"],
    ["app", "docker.io/library/app:latest", "docker.io/library/app:latest"],
    ["app", "quay.example/app:latest", "quay.example/app:latest"],
    ["29ad2038726e", undefined, undefined],
  ] as const)
    expect([typed, ownDestination(typed, name)]).toEqual([typed, destination]);
});
