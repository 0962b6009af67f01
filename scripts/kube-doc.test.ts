import { expect, test } from "bun:test";
import { KUBE_PAGE, kubePage } from "./kube-doc.ts";

test("docs/kube.md is as bun scripts/kube-doc.ts writes it", async () => {
  expect(await Bun.file(KUBE_PAGE).text()).toBe(await kubePage());
});
