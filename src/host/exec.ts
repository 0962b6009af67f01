import { ptr } from "bun:ffi";
import { errnoError } from "./errno.ts";
import { syscall } from "./syscall.ts";

/** execve(2): this process becomes another program, with the same pid, folder and standard streams. Returns only by a throw. */
export function becomeProgram(
  path: string,
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): never {
  const kept: Uint8Array[] = [];
  const pointers = (texts: readonly string[]): BigUint64Array => {
    const buffers = texts.map((text) => Buffer.from(`${text}\0`));
    kept.push(...buffers);
    return new BigUint64Array([...buffers.map((buffer) => BigInt(ptr(buffer))), 0n]);
  };
  const variables = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  );
  const result = syscall("execve", path, pointers(words), pointers(variables));
  throw errnoError(kept.length >= 0 ? -result : 0, `cannot run ${path}`);
}
