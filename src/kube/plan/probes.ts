import type { Container, Probe } from "kubernetes-types/core/v1";
import type { HealthAction, HealthOptions, HealthTest, StartupCheck } from "../../state/spec/health.ts";
import { type PlanContext, reject, rejectSeveral, warn } from "./context.ts";

const SECOND_MS = 1000;
// What Kubernetes takes for fields that are missing, or 0.
const PERIOD_S = 10;
const TIMEOUT_S = 1;
const FAILURES = 3;

/** The health check of a container, of its probes; `again`: its policy starts it again. */
export function healthOf(context: PlanContext, container: Container, again: boolean): HealthOptions | undefined {
  const { livenessProbe, readinessProbe, startupProbe } = container;
  if (livenessProbe !== undefined && readinessProbe !== undefined)
    warn(
      context,
      [container, "readinessProbe"],
      "readinessProbe has no effect beside a livenessProbe: a container has one health",
    );
  const main = livenessProbe ?? readinessProbe ?? startupProbe;
  const test = main === undefined ? undefined : testOf(context, container, main);
  if (main === undefined || test === undefined) return undefined;
  if (main !== startupProbe && (main.successThreshold ?? 1) > 1)
    warn(
      context,
      [main, "successThreshold"],
      "successThreshold has no effect: the check passes with the first success",
    );
  return {
    test,
    ...timing(main),
    retries: main.failureThreshold || FAILURES,
    onFailure: main === livenessProbe ? failed(again) : "none",
    ...(startupProbe === undefined || (main === startupProbe && !again)
      ? {}
      : { startup: startupOf(context, container, startupProbe) }),
  };
}

function startupOf(context: PlanContext, container: Container, probe: Probe): StartupCheck {
  const { periodSeconds, timeoutSeconds, initialDelaySeconds = 0, failureThreshold, successThreshold } = probe;
  const intervalMs = seconds(periodSeconds, PERIOD_S);
  // A start-up check has no start period: it may fail as many times more as it is made in it.
  const early = Math.ceil((initialDelaySeconds * SECOND_MS) / intervalMs);
  return {
    // What says nothing to do is a problem already.
    test: testOf(context, container, probe) ?? [],
    intervalMs,
    timeoutMs: seconds(timeoutSeconds, TIMEOUT_S),
    retries: (failureThreshold || FAILURES) + early,
    successes: successThreshold || 1,
  };
}

function failed(again: boolean): HealthAction {
  return again ? "restart" : "kill";
}

function timing(probe: Probe): Pick<HealthOptions, "intervalMs" | "timeoutMs" | "startPeriodMs" | "startIntervalMs"> {
  const intervalMs = seconds(probe.periodSeconds, PERIOD_S);
  return {
    intervalMs,
    timeoutMs: seconds(probe.timeoutSeconds, TIMEOUT_S),
    ...(probe.initialDelaySeconds === undefined
      ? {}
      : { startPeriodMs: probe.initialDelaySeconds * SECOND_MS, startIntervalMs: intervalMs }),
  };
}

function seconds(value: number | undefined, other: number): number {
  return (value || other) * SECOND_MS;
}

/** What is run or asked; `HTTP` and `TCP` are asked from the host, at the pod's address where the host is empty. */
function testOf(context: PlanContext, container: Container, probe: Probe): HealthTest | undefined {
  const { exec, httpGet, tcpSocket } = probe;
  rejectSeveral(context, probe, ["exec", "httpGet", "tcpSocket"]);
  if (exec !== undefined) return commandTest(exec.command ?? []);
  if (httpGet !== undefined) {
    const { scheme = "HTTP", host = "", path = "/", httpHeaders = [] } = httpGet;
    const port = portNumber(context, container, httpGet);
    const url = `${scheme.toLowerCase()}://${host}:${port}${path.startsWith("/") ? "" : "/"}${path}`;
    return ["HTTP", url, ...httpHeaders.map(({ name, value }) => `${name}: ${value}`)];
  }
  if (tcpSocket !== undefined) return ["TCP", `${tcpSocket.host ?? ""}:${portNumber(context, container, tcpSocket)}`];
  reject(context, [probe, ""], "the probe says nothing of what is to be done", "name exec, httpGet or tcpSocket");
  return undefined;
}

// A shell's script is what a health check has a word of its own for.
function commandTest(command: readonly string[]): HealthTest {
  const [shell, option, script, ...more] = command;
  const isScript = shell === "/bin/sh" && option === "-c" && script !== undefined && more.length === 0;
  return isScript ? ["CMD-SHELL", script] : ["CMD", ...command];
}

function portNumber(
  context: PlanContext,
  { ports = [] }: Container,
  action: { readonly port: number | string },
): number {
  const { port } = action;
  if (typeof port === "number") return port;
  const named = ports.find(({ name }) => name === port)?.containerPort;
  const number = named ?? (/^\d+$/.test(port) ? Number(port) : undefined);
  if (number === undefined)
    reject(context, [action, "port"], `the container has no port "${port}"`, "name it in ports, or write its number");
  return number ?? 0;
}
