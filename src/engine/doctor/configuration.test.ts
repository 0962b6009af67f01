import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkConfiguration } from "./configuration.ts";

const folder = mkdtempSync(join(tmpdir(), "estiba-doctor-conf-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function look(text: string): { level: string | undefined; what: string | undefined } {
  const path = join(folder, "containers.conf");
  writeFileSync(path, text);
  const [finding] = checkConfiguration({ CONTAINERS_CONF: path });
  return { level: finding?.level, what: finding?.what };
}

test("a file whose keys all have an effect is well, one with others is told which", () => {
  expect(look("[containers]\npids_limit = 5\n[engine.volume_plugins]\n")).toEqual({
    level: "ok",
    what: join(folder, "containers.conf"),
  });
  const idle = '[containers]\nkeyring = true\ntz = "local"\n[engine]\nnum_locks = 5\nno_such_key = 1\n';
  expect(look(idle)).toEqual({
    level: "warning",
    what: "containers.conf sets containers.keyring, engine.num_locks, engine.no_such_key",
  });
});

test("a broken file keeps containers from being made", () => {
  expect(look("[containers]\npids_limit = oops\n").level).toBe("error");
});
