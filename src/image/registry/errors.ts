import { EstibaError } from "../../lib/error.ts";
import { parseRetryAfter } from "./retry.ts";

/** What was being asked of a registry, for the words of an error. */
export type Asked = {
  domain: string;
  repository: string;
  kind: "manifest" | "blob" | "upload" | "tags" | "token" | "ping";
  name: string;
  /** What the whole is about; `pull` where it is absent. */
  action?: "pull" | "push" | "log in";
};

type NetworkFault = { reason: string; why: string; retryable: boolean; fix?: string };

const FAULTS: Record<string, NetworkFault> = {
  ECONNREFUSED: {
    reason: "image.registry_refused",
    why: "connection refused",
    retryable: false,
    fix: "check that the registry runs and that the port is right",
  },
  ENOTFOUND: {
    reason: "image.registry_unresolved",
    why: "the name does not resolve",
    retryable: false,
    fix: "check the spelling of the registry and the DNS of this host",
  },
  EAI_AGAIN: {
    reason: "image.registry_unresolved",
    why: "the DNS gave no answer",
    retryable: true,
    fix: "check the DNS of this host",
  },
  ECONNRESET: {
    reason: "image.registry_reset",
    why: "the connection was closed before the answer was whole",
    retryable: true,
  },
  ETIMEDOUT: { reason: "image.registry_timeout", why: "the connection timed out", retryable: true },
  EPROTO: {
    reason: "image.registry_no_tls",
    why: "it does not speak TLS on this port",
    retryable: false,
    fix: "use --tls-verify=false, or mark it insecure in registries.conf, if you trust the way to it",
  },
};

const CERTIFICATE = /CERT|SIGNATURE|ISSUER|ALTNAME|UNABLE_TO_VERIFY/;

/** The error for a request that got no whole answer; says host and port. */
export function networkError(url: URL, error: unknown): EstibaError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const place = `${url.hostname}:${portOf(url)}`;
  const known = FAULTS[code];
  const fault: NetworkFault = known ?? (CERTIFICATE.test(code) ? certificateFault(code) : unknownFault(error));
  return new EstibaError("unavailable", {
    reason: fault.reason,
    what: `cannot reach ${place}: ${fault.why}`,
    // Of a known fault, the platform's words only repeat ours.
    ...(known === undefined ? { cause: error } : {}),
    retryable: fault.retryable,
    details: { host: url.hostname, port: portOf(url), code },
    ...(fault.fix === undefined ? {} : { fix: fault.fix }),
  });
}

/** The error for an answer of 400 and above, from its status and the body the distribution spec prescribes ("Error Codes"). */
export function responseError(response: Response, body: Uint8Array, asked: Asked): EstibaError {
  const { code, message } = parseErrorBody(body);
  const told = [code, message].filter((part) => part !== "").join(": ");
  const cause = new Error(`HTTP ${response.status}${told === "" ? "" : ` ${told}`}`);
  const details = { status: response.status, registryCode: code, registry: asked.domain, repository: asked.repository };
  const place = `${asked.domain}/${asked.repository}`;
  const { status } = response;
  if (status === 401) return unauthenticated(asked, cause);
  if (code === "DENIED" || status === 403) {
    const what = `${asked.domain} does not let you ${purpose(asked)}`;
    return new EstibaError("denied", { reason: "image.denied", what, cause, details, fix: logIn(asked.domain) });
  }
  if (code === "NAME_UNKNOWN" || code === "NAME_INVALID") {
    return new EstibaError("not_found", {
      reason: "image.name_unknown",
      what: `there is no repository "${place}"`,
      cause,
      details,
      fix: "check the name",
    });
  }
  if (status === 404 && asked.kind === "manifest") {
    const what = `there is no ${asked.name.includes(":") ? "digest" : "tag"} "${asked.name}" in ${place}`;
    return new EstibaError("not_found", {
      reason: "image.manifest_unknown",
      what,
      cause,
      details,
      fix: "check the name and the tag",
    });
  }
  if (status === 404 && asked.kind === "blob") {
    const what = `${asked.domain} no longer has blob ${asked.name} of ${asked.repository}`;
    return new EstibaError("corrupt", {
      reason: "image.blob_unknown",
      what,
      cause,
      details,
      fix: "push the image again",
    });
  }
  const retryAfterMs = parseRetryAfter(response.headers.get("retry-after"), Date.now());
  const passing = status >= 500 || status === 429 || status === 408;
  return new EstibaError("unavailable", {
    reason: status === 429 ? "image.rate_limited" : "image.registry_failed",
    what:
      status === 429
        ? `${asked.domain} limits how often you may ${asked.action ?? "pull"}`
        : `${asked.domain} failed to ${asked.action === "push" ? "take" : "serve"} the ${asked.kind} "${asked.name}" of ${asked.repository}`,
    cause,
    retryable: passing,
    details: { ...details, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
    fix: status === 429 ? "wait, or log in for a higher limit" : "try again later",
  });
}

/** The error for a registry that wants credentials which were not given or not accepted. */
export function unauthenticated(asked: Asked, cause?: unknown): EstibaError {
  return new EstibaError("unauthenticated", {
    reason: "image.unauthenticated",
    what:
      asked.action === "log in"
        ? `${asked.domain} does not accept this user name and password`
        : `${asked.domain} wants a login to ${purpose(asked)}, or there is no such repository`,
    cause,
    fix: asked.action === "log in" ? "check both, and the name of the registry" : logIn(asked.domain),
    details: { registry: asked.domain, repository: asked.repository },
  });
}

/** The error for an answer that breaks the protocol. */
export function badReply(domain: string, why: string, cause?: unknown): EstibaError {
  return new EstibaError("corrupt", {
    reason: "image.bad_reply",
    what: `${domain} answered against the protocol: ${why}`,
    cause,
  });
}

function purpose({ action = "pull", repository }: Asked): string {
  return action === "push" ? `push to ${repository}` : action === "log in" ? "log in" : `pull ${repository}`;
}

function logIn(domain: string): string {
  return `log in: estiba login ${domain} (or give --creds USER:PASSWORD)`;
}

function portOf(url: URL): string {
  return url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
}

function certificateFault(code: string): NetworkFault {
  return {
    reason: "image.registry_certificate",
    why: `its certificate is not trusted (${code.toLowerCase().replaceAll("_", " ")})`,
    retryable: false,
    fix: "install its CA on this host, or use --tls-verify=false if you trust the way to it",
  };
}

function unknownFault(error: unknown): NetworkFault {
  return {
    reason: "image.registry_unreachable",
    why: error instanceof Error ? error.message : String(error),
    retryable: false,
  };
}

function parseErrorBody(body: Uint8Array): { code: string; message: string } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder().decode(body));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { code: "", message: "" };
  }
  const first: unknown = (parsed as { errors?: unknown[] } | null)?.errors?.[0];
  const { code, message } = (first ?? {}) as { code?: unknown; message?: unknown };
  return { code: printable(code), message: printable(message) };
}

// The registry's words reach a terminal: no control characters, no novels.
function printable(text: unknown): string {
  return typeof text === "string"
    ? text
        .replace(/[\p{Cc}\p{Cf}]/gu, " ")
        .slice(0, 300)
        .trim()
    : "";
}
