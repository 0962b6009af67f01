import { ApiError, badRequest } from "./api-error.ts";

/** No JSON that means anything here is larger. */
const MAX_JSON_BYTES: number = 8 * 1024 * 1024;

/** The body as a JSON object; empty for no body. Throws 400 for another type, for what is no JSON and no object, 413 for too much. */
export async function readJson(
  body: AsyncIterable<Uint8Array>,
  contentType: string | undefined,
): Promise<Readonly<Record<string, unknown>>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > MAX_JSON_BYTES) throw new ApiError(413, `request body is larger than ${MAX_JSON_BYTES} bytes`);
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString("utf8");
  if (text.trim() === "") return {};
  if (contentType === undefined || !/^application\/(\w+\+)?json\s*(;|$)/i.test(contentType))
    throw badRequest(`Content-Type specified (${contentType ?? ""}) must be 'application/json'`);
  return parseJsonObject(text);
}

/** Throws 400 for what is no JSON object; `null` counts as an empty one. */
export function parseJsonObject(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw badRequest(`invalid JSON: ${error.message}`);
  }
  if (value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) throw badRequest("invalid JSON: the body is not an object");
  return value as Record<string, unknown>;
}
