/** Bytes of a key, of a nonce and of the mark that tells whether a box was opened rightly. */
const KEY_BYTES = 32;
const NONCE_BYTES = 24;
const TAG_BYTES = 16;
/** "expand 32-byte k" */
const SIGMA: readonly number[] = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574];
const PRIME = (1n << 130n) - 5n;
const CLAMP = 0x0ffffffc0ffffffc0ffffffc0fffffffn;

/**
 * Opens a box of NaCl's crypto_secretbox (XSalsa20 and Poly1305), which the platform's crypto does not know. For a key or two: it is not quick.
 * Undefined where key or content are wrong.
 */
export function openSecretbox(box: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array | undefined {
  if (key.length !== KEY_BYTES || nonce.length !== NONCE_BYTES || box.length < TAG_BYTES) return undefined;
  const stream = keystream(key, nonce, KEY_BYTES + box.length - TAG_BYTES);
  const sealed = box.subarray(TAG_BYTES);
  const expected = poly1305(sealed, stream.subarray(0, KEY_BYTES));
  const differs = expected.reduce((sum, byte, index) => sum | (byte ^ (box[index] ?? 0)), 0);
  if (differs !== 0) return undefined;
  return sealed.map((byte, index) => byte ^ (stream[KEY_BYTES + index] ?? 0));
}

/** XSalsa20: the first half of the nonce makes another key, the rest counts blocks. */
function keystream(key: Uint8Array, nonce: Uint8Array, length: number): Uint8Array {
  const first = rounds(stateOf(words(key), words(nonce.subarray(0, 16))));
  const subkey = [0, 5, 10, 15, 6, 7, 8, 9].map((place) => first[place] ?? 0);
  const [low = 0, high = 0] = words(nonce.subarray(16));
  const stream = new Uint8Array(Math.ceil(length / 64) * 64);
  const view = new DataView(stream.buffer);
  for (let block = 0; block * 64 < length; block++) {
    const state = stateOf(subkey, [low, high, block, 0]);
    rounds(state).forEach((word, place) =>
      view.setUint32(block * 64 + place * 4, (word + (state[place] ?? 0)) >>> 0, true),
    );
  }
  return stream.subarray(0, length);
}

function stateOf(key: readonly number[], input: readonly number[]): number[] {
  const [a = 0, b = 0, c = 0, d = 0] = SIGMA;
  return [a, ...key.slice(0, 4), b, ...input, c, ...key.slice(4), d];
}

function words(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 4 }, (_, place) => view.getUint32(place * 4, true));
}

/** Places that a quarter round mixes: columns, then rows. */
const QUARTERS: readonly (readonly [number, number, number, number])[] = [
  [0, 4, 8, 12],
  [5, 9, 13, 1],
  [10, 14, 2, 6],
  [15, 3, 7, 11],
  [0, 1, 2, 3],
  [5, 6, 7, 4],
  [10, 11, 8, 9],
  [15, 12, 13, 14],
];

function rounds(state: readonly number[]): Uint32Array {
  const x = Uint32Array.from(state);
  const mix = (target: number, one: number, two: number, bits: number): void => {
    const sum = ((x[one] ?? 0) + (x[two] ?? 0)) >>> 0;
    x[target] = (x[target] ?? 0) ^ ((sum << bits) | (sum >>> (32 - bits)));
  };
  for (let round = 0; round < 10; round++) {
    for (const [a, b, c, d] of QUARTERS) {
      mix(b, a, d, 7);
      mix(c, b, a, 9);
      mix(d, c, b, 13);
      mix(a, d, c, 18);
    }
  }
  return x;
}

function poly1305(message: Uint8Array, key: Uint8Array): Uint8Array {
  const factor = numberOf(key.subarray(0, 16)) & CLAMP;
  let sum = 0n;
  for (let at = 0; at < message.length; at += 16) {
    const block = message.subarray(at, at + 16);
    sum = ((sum + numberOf(block) + (1n << BigInt(8 * block.length))) * factor) % PRIME;
  }
  let tag = sum + numberOf(key.subarray(16, 32));
  return Uint8Array.from({ length: TAG_BYTES }, () => {
    const byte = Number(tag & 0xffn);
    tag >>= 8n;
    return byte;
  });
}

function numberOf(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}
