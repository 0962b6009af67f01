import type { ExecAction, HTTPGetAction, HTTPHeader, Probe, TCPSocketAction } from "kubernetes-types/core/v1";
import {
  COUNT,
  type Fields,
  hint,
  listOf,
  needed,
  object,
  oneOf,
  PORT,
  type Rule,
  refused,
  TEXT,
  TEXTS,
  works,
} from "./rule.ts";

const EXEC: Fields<ExecAction> = { command: needed(TEXTS) };
const HEADER: Fields<HTTPHeader> = { name: needed(TEXT), value: needed(TEXT) };

const HTTP: Fields<HTTPGetAction> = {
  port: needed(PORT),
  path: works(TEXT),
  host: works(TEXT, "the pod's address when missing"),
  scheme: works(oneOf("HTTP", "HTTPS"), "the certificate is not verified, as in a cluster"),
  httpHeaders: works(listOf(object("HTTPHeader", () => HEADER))),
};

const TCP: Fields<TCPSocketAction> = { port: needed(PORT), host: works(TEXT) };

const PROBE_FIELDS: Fields<Probe> = {
  exec: works(
    object("ExecAction", () => EXEC),
    "runs in the container",
  ),
  httpGet: works(
    object("HTTPGetAction", () => HTTP),
    "asked from the host: the image needs no program for it",
  ),
  tcpSocket: works(
    object("TCPSocketAction", () => TCP),
    "connected to from the host",
  ),
  grpc: refused("write a tcpSocket or exec probe"),
  initialDelaySeconds: works(COUNT, "failures do not count for so long"),
  periodSeconds: works(COUNT, "10 when missing or 0"),
  timeoutSeconds: works(COUNT, "1 when missing or 0"),
  failureThreshold: works(COUNT, "3 when missing or 0"),
  successThreshold: works(COUNT, "of a startupProbe; the others pass with the first success, which a warning says"),
  terminationGracePeriodSeconds: hint("the pod's counts"),
};

export const PROBE: Rule = object("Probe", () => PROBE_FIELDS);
