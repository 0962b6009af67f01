/** An address range: `prefix` leading bits of `address` are fixed. 4 bytes are IPv4, 16 bytes IPv6; the other bits are zero. */
export type Cidr = { readonly address: Uint8Array; readonly prefix: number };

/** The four bytes of a dotted IPv4 address, or undefined. Leading zeros are refused: some read them as octal. */
function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) {
    return undefined;
  }
  return Uint8Array.from(parts, Number);
}

/** The sixteen bytes of an IPv6 address (RFC 4291 section 2.2, also with a dotted tail), or undefined. No zone, no brackets. */
function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? "", halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? "", true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 2 ? missing < 2 : missing !== 0) return undefined;
  const bytes = new Uint8Array(16);
  bytes.set(head, 0);
  bytes.set(tail, 16 - tail.length);
  return bytes;
}

/** The bytes of an IPv4 or IPv6 address, or undefined. */
export function parseIp(text: string): Uint8Array | undefined {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

/** The canonical text of 4 or 16 address bytes (RFC 5952 for IPv6). */
export function formatIp(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups = Array.from({ length: 8 }, (_, index) => ((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0));
  const [start, length] = longestZeroRun(groups);
  const hex = (part: number[]): string => part.map((group) => group.toString(16)).join(":");
  if (length < 2) return hex(groups);
  return `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`;
}

/** Reads `address/prefix`; host bits are cleared. Undefined for what is none. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf("/");
  const address = parseIp(slash < 0 ? text : text.slice(0, slash));
  const prefixText = slash < 0 ? "" : text.slice(slash + 1);
  if (address === undefined || !/^\d{1,3}$/.test(prefixText)) return undefined;
  const prefix = Number(prefixText);
  return prefix > address.length * 8 ? undefined : maskAddress(address, prefix);
}

/** The range of `prefix` bits in which the address lies. */
export function maskAddress(address: Uint8Array, prefix: number): Cidr {
  const masked = address.map((byte, index) => byte & ~(0xff >> Math.min(8, Math.max(0, prefix - index * 8))));
  return { address: masked, prefix };
}

/** True when the two ranges share an address; ranges of different families never do. */
export function overlaps(left: Cidr, right: Cidr): boolean {
  if (left.address.length !== right.address.length) return false;
  const prefix = Math.min(left.prefix, right.prefix);
  const a = maskAddress(left.address, prefix).address;
  const b = maskAddress(right.address, prefix).address;
  return a.every((byte, index) => byte === b[index]);
}

/** The address `offset` after the start of the range; the offset must fit in 32 bits. */
export function addressAt(range: Cidr, offset: number): Uint8Array {
  const bytes = range.address.slice();
  const view = new DataView(bytes.buffer);
  const at = bytes.length - 4;
  view.setUint32(at, view.getUint32(at) + offset);
  return bytes;
}

/** Whether an address of an IPv4 range stands for the range itself or for all in it: its first one and its last one. */
export function isEdge(range: Cidr, address: Uint8Array): boolean {
  return [0, 2 ** (32 - range.prefix) - 1].includes(ipv4Number(address) - ipv4Number(range.address));
}

/** An IPv4 address as an unsigned number. */
export function ipv4Number(address: Uint8Array): number {
  return new DataView(address.buffer, address.byteOffset).getUint32(0);
}

/** The address that an unsigned number is: the opposite of {@link ipv4Number}. */
export function ipv4At(number: number): Uint8Array {
  return addressAt({ address: new Uint8Array(4), prefix: 0 }, number);
}

/** The first and the last address, as numbers, of `10.64.0.0/26` or `10.64.0.10-10.64.0.20`; undefined for what is neither, and for IPv6. */
export function parseIpv4Range(text: string): { readonly first: number; readonly last: number } | undefined {
  const cidr = parseCidr(text);
  if (cidr?.address.length === 4) {
    const first = ipv4Number(cidr.address);
    return { first, last: first + 2 ** (32 - cidr.prefix) - 1 };
  }
  const [from, to, ...more] = text.split("-").map(parseIpv4);
  if (from === undefined || to === undefined || more.length > 0) return undefined;
  const [first, last] = [ipv4Number(from), ipv4Number(to)];
  return first > last ? undefined : { first, last };
}

/** The six bytes of `02:42:...`, or undefined. */
export function parseMac(text: string): Uint8Array | undefined {
  return /^([\da-f]{2}:){5}[\da-f]{2}$/i.test(text)
    ? Uint8Array.from(text.split(":"), (part) => Number.parseInt(part, 16))
    : undefined;
}

/**
 * The MAC that belongs to an IPv4 address: 02:42 and its four bytes, as Docker makes it. When an address is used again, neighbours that
 * remember the old holder's MAC are still right.
 */
export function macOf(ipv4: Uint8Array): string {
  return ["02", "42", ...Array.from(ipv4, (byte) => byte.toString(16).padStart(2, "0"))].join(":");
}

/** The addresses of the `nameserver` lines of a resolv.conf, without their zones. */
export function nameserversOf(resolvConf: string): string[] {
  return [...resolvConf.matchAll(/^[ \t]*nameserver[ \t]+([^\s%]+)/gm)].map(([, address]) => address ?? "");
}

function parseGroups(text: string, atEnd: boolean): number[] | undefined {
  if (text === "") return [];
  const groups = text.split(":");
  const bytes: number[] = [];
  for (const [index, group] of groups.entries()) {
    if (atEnd && index === groups.length - 1 && group.includes(".")) {
      const dotted = parseIpv4(group);
      if (dotted === undefined) return undefined;
      bytes.push(...dotted);
      continue;
    }
    if (!/^[\da-f]{1,4}$/i.test(group)) return undefined;
    const value = Number.parseInt(group, 16);
    bytes.push(value >> 8, value & 0xff);
  }
  return bytes.length > 16 ? undefined : bytes;
}

function longestZeroRun(groups: readonly number[]): [start: number, length: number] {
  let best: [number, number] = [0, 0];
  for (let start = 0; start < groups.length; start += 1) {
    let length = 0;
    while (groups[start + length] === 0) length += 1;
    if (length > best[1]) best = [start, length];
  }
  return best;
}
