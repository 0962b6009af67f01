import { type Command, defineCommand } from "../command.ts";
import { catchInterrupt } from "../image/interrupt.ts";
import { openSession } from "./session.ts";
import { MAKE_OPTIONS } from "./up-options.ts";
import { upOptions } from "./up-request.ts";

export const command: Command = defineCommand({
  name: "compose create",
  summary: "Create the containers of services, and start none",
  usage: "[OPTIONS] [SERVICE...]",
  options: MAKE_OPTIONS,
  args: [0, Number.POSITIVE_INFINITY],
  examples: [["estiba compose create", "`estiba compose start` starts them"]],
  async run(values, services, cli) {
    const session = openSession(cli);
    const loaded = await session.load({ services });
    const options = await upOptions(session, loaded, values, { targets: services, start: false });
    using interrupt = catchInterrupt();
    await session.make("create", { loaded, options, signal: interrupt.signal });
    return 0;
  },
});
