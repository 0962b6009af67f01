import { parseSize } from "../../../lib/size.ts";
import type { BlockDeviceRate, BlockDeviceWeight } from "../../../state/spec/resources.ts";
import { badOption } from "../bad-option.ts";

const LEAST_WEIGHT = 10;
const MOST_WEIGHT = 1000;

/** DEVICE:WEIGHT. Throws `invalid` naming the option. */
export function deviceWeight(option: string, text: string): BlockDeviceWeight {
  const { path, value } = parts(option, text, "DEVICE:WEIGHT");
  return { path, weight: blockWeight(option, value) };
}

/** DEVICE:RATE, in operations per second, or with `asSize` in bytes per second such as 1mb; 0 takes the limit away. */
export function deviceRate(option: string, text: string, asSize: boolean): BlockDeviceRate {
  const { path, value } = parts(option, text, "DEVICE:RATE");
  const rate = asSize ? parseSize(value) : /^\d+$/.test(value) ? Number(value) : undefined;
  if (rate === undefined || !Number.isSafeInteger(rate)) {
    throw badOption(
      option,
      text,
      "DEVICE:RATE with a rate",
      `for example ${option} /dev/sda:${asSize ? "1mb" : "1000"}`,
    );
  }
  return { path, rate };
}

/** A weight of block I/O. Throws `invalid` outside 10 to 1000. */
export function blockWeight(option: string, text: string): number {
  const weight = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (weight >= LEAST_WEIGHT && weight <= MOST_WEIGHT) return weight;
  throw badOption(option, text, `a weight from ${LEAST_WEIGHT} to ${MOST_WEIGHT}`);
}

function parts(option: string, text: string, form: string): { path: string; value: string } {
  const colon = text.lastIndexOf(":");
  const path = text.slice(0, Math.max(colon, 0));
  if (!path.startsWith("/dev/")) throw badOption(option, text, form, "name the device by its path below /dev");
  return { path, value: text.slice(colon + 1) };
}
