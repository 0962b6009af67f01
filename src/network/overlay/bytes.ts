import { parseIp } from "../address.ts";

/** The four bytes of an IPv4 address that was checked before: there are tens of thousands of them. Throws for what is none. */
export function ipv4Bytes(text: string): Uint8Array {
  const [a, b, c, d, ...more] = text.split(".");
  const bytes = Uint8Array.of(Number(a), Number(b), Number(c), Number(d));
  if (more.length > 0 || bytes.join(".") !== text) throw new TypeError(`not an IPv4 address: ${JSON.stringify(text)}`);
  return bytes;
}

/** The sixteen bytes of an IPv6 address that was checked before. Throws for what is none. */
export function ipv6Bytes(text: string): Uint8Array {
  const bytes = parseIp(text);
  if (bytes?.length !== 16) throw new TypeError(`not an IPv6 address: ${JSON.stringify(text)}`);
  return bytes;
}

/** Parts one after another. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
