import { EstibaError, isEstibaError } from "../../lib/error.ts";
import type { Cli } from "../context.ts";

/** `--replace`: takes away a container of the same name, whatever its state. */
export async function removeNamesake(cli: Cli, name: string | undefined): Promise<void> {
  if (name === undefined) {
    throw new EstibaError("invalid", {
      reason: "cli.replace_without_name",
      what: "--replace needs --name: it replaces the container of that name",
    });
  }
  const { removeContainer } = await import("../../engine/remove.ts");
  try {
    await removeContainer(cli.engine(), name, { force: true, volumes: true });
  } catch (error) {
    if (!isEstibaError(error, "not_found")) throw error;
  }
}
