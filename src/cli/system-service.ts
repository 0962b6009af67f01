import { LOG_FORMAT } from "../lib/log.ts";
import { type Command, defineCommand } from "./command.ts";
import { VERSION } from "./version.ts";

export const command: Command = defineCommand({
  name: "system service",
  summary: "Answer the APIs that Docker's and Podman's clients speak",
  usage: "[OPTIONS] [URI]",
  description:
    "URI is unix:///PATH, tcp://HOST:PORT (with TLS and a CA for clients only) or fd:// (a socket of\nsystemd's); without one it is what systemd hands over, else estiba.sock in the run root. The service\nkeeps nothing that the next one would miss: it may end at any time, and containers run on.",
  options: {
    cors: { kind: "refused", help: "pages of browsers may not reach the service; put a proxy before it" },
    group: { kind: "string", short: "G", value: "GROUP", help: "Group that may use the socket, too (default: nobody)" },
    "log-format": {
      kind: "string",
      value: "FORMAT",
      choices: ["text", "json"],
      help: "Form of the lines on stderr (default text)",
    },
    metrics: {
      kind: "string",
      value: "ADDRESS",
      help: "Serve metrics for Prometheus at HOST:PORT or unix:///PATH",
    },
    "tls-cert": { kind: "string", value: "FILE", help: "Certificate of the service on TCP", complete: "file" },
    "tls-client-ca": {
      kind: "string",
      value: "FILE",
      help: "CA that clients on TCP must have a certificate of",
      complete: "file",
    },
    "tls-key": { kind: "string", value: "FILE", help: "Key of that certificate", complete: "file" },
    time: {
      kind: "integer",
      short: "t",
      value: "SECONDS",
      help: "End when nobody has asked anything for so long; 0 for never (default 0)",
    },
  },
  args: [0, 1],
  examples: [
    ["estiba system service", "then: docker -H unix:///run/estiba/estiba.sock ps"],
    ["estiba --log-level info system service --log-format json", "a line of JSON for each request"],
    ["estiba system service --time 5 fd://", "from a socket unit of systemd: it comes and goes"],
  ],
  async run(values, [address], cli) {
    const stop = new AbortController();
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stop.abort());
    if (values["log-format"] !== undefined) process.env[LOG_FORMAT] = values["log-format"];
    await cli.serve({
      roots: cli.globals,
      version: VERSION,
      address,
      idleSeconds: values.time ?? 0,
      group: values.group,
      tls: { cert: values["tls-cert"], key: values["tls-key"], clientCa: values["tls-client-ca"] },
      metrics: values.metrics,
      signal: stop.signal,
    });
    return 0;
  },
});
