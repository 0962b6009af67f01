import { describeError } from "../../lib/error.ts";

const READ_MS = 2_000;
const MOST_BYTES = 65_536;

/** Reads a metric; gives why it cannot be had, where that is so. */
export async function readMetric(url: string, signal: AbortSignal): Promise<number | { readonly error: string }> {
  try {
    const ends = AbortSignal.any([signal, AbortSignal.timeout(READ_MS)]);
    const response = await fetch(url, { signal: ends, redirect: "error" });
    const text = await bounded(response);
    if (!response.ok) return { error: `${url} answers ${response.status}` };
    return metricIn(text) ?? { error: `${url} answers no number: "${text.trim().slice(0, 40)}"` };
  } catch (error) {
    // Whoever serves it may be away, slow, or anybody.
    if (!(error instanceof Error)) throw error;
    return { error: `${url} cannot be read: ${describeError(error)}` };
  }
}

async function bounded({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length > MOST_BYTES) throw new Error(`the answer is longer than ${MOST_BYTES} bytes`);
  }
  return text;
}

/** The number in an answer: alone, as `{"value": 12}`, or as Prometheus answers a query, whose results are added up; undefined for none. */
export function metricIn(text: string): number | undefined {
  if (/^\s*\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\s*$/.test(text)) return Number(text);
  const value = valueIn(parsed(text));
  return value !== undefined && Number.isFinite(value) && value >= 0 ? value : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

type Answer = {
  readonly value?: unknown;
  readonly data?: { readonly resultType?: unknown; readonly result?: unknown };
};

function valueIn(answer: unknown): number | undefined {
  if (typeof answer !== "object" || answer === null) return undefined;
  const { value, data } = answer as Answer;
  if (value !== undefined) return numberOf(value);
  if (data?.resultType === "scalar") return sampleOf(data.result);
  if (data?.resultType !== "vector" || !Array.isArray(data.result) || data.result.length === 0) return undefined;
  return data.result.map((one: { value?: unknown }) => sampleOf(one.value) ?? Number.NaN).reduce((a, b) => a + b, 0);
}

/** Of a time and a value. */
function sampleOf(sample: unknown): number | undefined {
  return Array.isArray(sample) ? numberOf(sample[1]) : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" || (typeof value === "string" && value.trim() !== "") ? Number(value) : undefined;
}
