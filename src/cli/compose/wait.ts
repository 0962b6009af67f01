import { downProject } from "../../compose/down.ts";
import { finishUnderLock } from "../../engine/finish.ts";
import { isUp } from "../../engine/status.ts";
import { waitForExit } from "../../engine/wait.ts";
import { EstibaError } from "../../lib/error.ts";
import { type Command, defineCommand } from "../command.ts";
import { catchInterrupt } from "../image/interrupt.ts";
import { serviceContainers } from "./containers.ts";
import { openSession } from "./session.ts";

export const command: Command = defineCommand({
  name: "compose wait",
  summary: "Wait until the containers of services end",
  usage: "[OPTIONS] SERVICE...",
  description: "The exit code is that of the container that ended last.",
  options: { "down-project": { kind: "flag", help: "Take the project down when the first one has ended" } },
  args: [1, Number.POSITIVE_INFINITY],
  examples: [["estiba compose wait tests", "the exit code of the tests"]],
  async run(values, services, cli) {
    const session = openSession(cli);
    const engine = cli.engine();
    const { loaded, naming } = await session.loadIfThere();
    const containers = serviceContainers(session, { project: naming.project, loaded }, services);
    if (containers.length === 0) throw nothingToWaitFor(services);
    using interrupt = catchInterrupt();
    const result = { code: 0 };
    const waits = containers.map(async ({ record, ...observed }) => {
      const { code } = isUp(observed)
        ? await waitForExit(engine, record.id, interrupt)
        : (observed.exit ?? { code: 0 });
      await finishUnderLock(engine, record);
      cli.out(`container "${record.name}" exited with status code ${code}\n`);
      result.code = code;
    });
    if (!values["down-project"]) {
      await Promise.all(waits);
      return result.code;
    }
    await Promise.race(waits);
    const { code } = result;
    const options = { naming, services: [], removeOrphans: false, ignoreOrphans: true, volumes: false };
    const down = { ...options, images: undefined, timeoutSeconds: undefined };
    await session.show("down", downProject(engine, loaded, down, interrupt.signal));
    await Promise.allSettled(waits);
    return code;
  },
});

function nothingToWaitFor(services: readonly string[]): EstibaError {
  return new EstibaError("not_found", {
    reason: "compose.no_container",
    what: `no containers for services ${services.join(", ")}`,
    fix: "start them: estiba compose up -d",
  });
}
