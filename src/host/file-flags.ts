import { syscall } from "./syscall.ts";

const F_GETFL = 3;
const F_SETFL = 4;

/**
 * Gives descriptors that a child process shares back the flags they had (fcntl(2), F_SETFL) when it is disposed: a program in Go leaves a
 * terminal non-blocking, which the shell that goes on with it cannot read. A descriptor that is not open is passed over.
 */
export function keepFileFlags(fds: readonly number[]): Disposable {
  const before = fds.map((fd) => ({ fd, flags: syscall("fcntl", fd, F_GETFL, 0) })).filter(({ flags }) => flags >= 0);
  return {
    [Symbol.dispose]: () => {
      for (const { fd, flags } of before)
        if (syscall("fcntl", fd, F_GETFL, 0) !== flags) syscall("fcntl", fd, F_SETFL, flags);
    },
  };
}
