import { connect } from "node:net";
import { ensureService } from "../../client/own-service.ts";
import { EstibaError } from "../../lib/error.ts";
import { type Command, defineCommand } from "../command.ts";
import { ownCommand } from "../own-command.ts";

export const command: Command = defineCommand({
  name: "system dial-stdio",
  summary: "Join stdin and stdout to the service's socket (Docker calls it over ssh)",
  usage: "[OPTIONS]",
  description: "Where no service listens at the usual socket, one is started; it ends when it is not needed any more.",
  options: {
    socket: {
      kind: "string",
      value: "PATH",
      help: "The socket (default: estiba.sock in the run root)",
      complete: "file",
    },
  },
  args: [0, 0],
  examples: [["ssh host estiba system dial-stdio", "what DOCKER_HOST=ssh://host does"]],
  async run(values, _args, cli) {
    const path = values.socket ?? `${cli.engine().paths.runRoot}/estiba.sock`;
    // Whoever comes over ssh finds a service without one having to run all the time; one that is named is another's to start.
    if (values.socket === undefined) await ensureService({ socket: path, command: ownCommand(cli.globals) });
    await new Promise<void>((resolve, reject) => {
      const socket = connect({ path, allowHalfOpen: true });
      socket.once("error", (error) => reject(notThere(path, error)));
      socket.once("connect", () => {
        process.stdin.pipe(socket);
        socket.pipe(process.stdout);
      });
      // Its end is the end: whoever called has had all that there is.
      socket.once("end", resolve);
      socket.once("close", () => resolve());
    });
    return 0;
  },
});

function notThere(path: string, cause: unknown): EstibaError {
  return new EstibaError("unavailable", {
    reason: "api.no_service",
    what: `no service answers at "${path}"`,
    cause,
    fix: "start it: estiba system service",
  });
}
