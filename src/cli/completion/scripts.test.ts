import { expect, test } from "bun:test";
import { SCRIPTS } from "./scripts.ts";

test("in bash, aliases of estiba are completed, with the options that they give; others are left alone", async () => {
  const script = `
    estiba() { printf 'words\\n%s\\n' "$*"; }
    alias podman=estiba docker='/usr/local/bin/estiba --root /r' other=estibador
    ${SCRIPTS["bash"]}
    alias docker='estiba --root /r'
    complete -p
    for COMP_LINE in 'podman inf' 'docker inf' 'estiba inf'; do
      COMP_POINT=\${#COMP_LINE}; _estiba; echo "\${COMPREPLY[*]}"
    done`;
  const bash = Bun.spawn(["bash", "--norc", "-c", script], { stderr: "pipe" });
  const [output, errors] = await Promise.all([bash.stdout.text(), bash.stderr.text()]);
  expect(errors).toBe("");
  const lines = output.trim().split("\n");
  expect(lines.slice(0, -3).toSorted()).toEqual(
    ["docker", "estiba", "podman"].map((name) => `complete -F _estiba ${name}`),
  );
  expect(lines.slice(-3)).toEqual(["__complete -- inf", "__complete -- --root /r inf", "__complete -- inf"]);
});
