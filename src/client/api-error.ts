import { type ErrorCode, EstibaError } from "../lib/error.ts";

/** What another Estiba says of an error beside Docker's `message`. */
type Details = { readonly code?: unknown; readonly reason?: unknown; readonly fix?: unknown };

const CODES: Readonly<Record<number, ErrorCode>> = {
  400: "invalid",
  401: "unauthenticated",
  403: "denied",
  404: "not_found",
  409: "conflict",
  413: "invalid",
  501: "unsupported",
  503: "unavailable",
  507: "exhausted",
};

const KNOWN: ReadonlySet<unknown> = new Set<ErrorCode>([
  "invalid",
  "not_found",
  "conflict",
  "wrong_state",
  "in_use",
  "denied",
  "unauthenticated",
  "unavailable",
  "timeout",
  "cancelled",
  "unsupported",
  "exhausted",
  "corrupt",
  "internal",
]);

/** The error that an answer is: as it was thrown over there where that is an Estiba, by its status else. */
export function errorOfAnswer(status: number, text: string): EstibaError {
  const body = parsed(text);
  const message = typeof body["message"] === "string" ? body["message"] : text.trim();
  const { code, reason, fix } = (
    typeof body["estiba"] === "object" && body["estiba"] !== null ? body["estiba"] : {}
  ) as Details;
  const ours = KNOWN.has(code) ? (code as ErrorCode) : undefined;
  const [, meant, word] = WORDS.find(([words]) => status < 500 && words.test(message)) ?? [];
  return new EstibaError(ours ?? meant ?? CODES[status] ?? "internal", {
    reason: typeof reason === "string" ? reason : (word ?? "client.refused"),
    what: message === "" ? `the engine answered with status ${status}` : message,
    ...(typeof fix === "string" ? { fix } : {}),
    details: { status },
  });
}

/** What Docker's words mean, by the first that fits: callers tell these apart. */
const WORDS: readonly (readonly [words: RegExp, code: ErrorCode, reason: string])[] = [
  [/no such image/i, "not_found", "image.unknown"],
  [/no such container/i, "not_found", "container.unknown"],
  [/no such volume/i, "not_found", "volume.unknown"],
  [/^network .* not found/i, "not_found", "network.unknown"],
  [/has active endpoints/i, "in_use", "network.in_use"],
  [/volume is in use/i, "in_use", "volume.in_use"],
  [
    /(OCI runtime|exec:).*(executable file not found|no such file or directory)/is,
    "not_found",
    "runtime.command_not_found",
  ],
  [/(OCI runtime|exec:).*permission denied/is, "denied", "runtime.command_not_executable"],
  [/cannot remove (a )?running|cannot remove container.*container is running/is, "wrong_state", "container.running"],
  [/cannot remove .*paused/is, "wrong_state", "container.paused"],
  [/container name .* is already in use/i, "conflict", "container.name_in_use"],
  [/^network with name .* already exists/i, "conflict", "network.name_in_use"],
  [
    /is not running|is not paused|already paused|is paused|container is running|already running/i,
    "wrong_state",
    "client.wrong_state",
  ],
  [/unable to (remove|delete)|is being used|is using/i, "in_use", "client.in_use"],
];

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
