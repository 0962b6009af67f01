import { EstibaError } from "../../lib/error.ts";
import { given, runOther } from "../compose/run-other.ts";
import type { Cli } from "../context.ts";

/** Throws `invalid` where nothing says where to push to, before anything is built. */
export function checkNames(names: readonly string[]): void {
  if (names.length > 0) return;
  throw new EstibaError("invalid", {
    reason: "build.push_without_name",
    what: "what is built cannot be pushed without a name",
    fix: "name it: --tag REGISTRY/NAME:TAG",
  });
}

type Built = { readonly names: readonly string[]; readonly lists: readonly string[] };
type PushValues = {
  readonly quiet: boolean;
  readonly authfile: string | undefined;
  readonly "cert-dir": string | undefined;
  readonly creds: string | undefined;
  readonly "tls-verify": boolean;
};

/** Pushes images and lists to the registries of their names, as `push` and `manifest push` do. */
export async function pushBuilt(cli: Cli, { names, lists }: Built, values: PushValues): Promise<void> {
  const words = [
    ...given("--quiet", values.quiet),
    ...given("--authfile", values.authfile),
    ...given("--cert-dir", values["cert-dir"]),
    ...given("--creds", values.creds),
    `--tls-verify=${values["tls-verify"]}`,
  ];
  const silent: Cli = { ...cli, out: () => true };
  if (names.length > 0) {
    const { command } = await import("../push.ts");
    for (const name of names) await runOther(silent, command, [...words, name]);
  }
  if (lists.length === 0) return;
  const { command } = await import("../manifest/push.ts");
  for (const list of lists) await runOther(silent, command, [...words, "--all", list]);
}
