import { must } from "./errno.ts";
import { syscall } from "./syscall.ts";

// asm-generic/ioctls.h and termbits.h: the same on x86_64 and aarch64.
const TCGETS = 0x5401;
const TCSETSW = 0x5403;
const TIOCGWINSZ = 0x5413;
const INPUT = 0o1 | 0o2 | 0o10 | 0o40 | 0o100 | 0o200 | 0o400 | 0o2000; // IGNBRK BRKINT PARMRK ISTRIP INLCR IGNCR ICRNL IXON
const OPOST = 0o1;
const LOCAL = 0o10 | 0o100 | 0o2 | 0o1 | 0o100000; // ECHO ECHONL ICANON ISIG IEXTEN
const ECHO = 0o10;
const ICANON = 0o2;
const CSIZE_PARENB = 0o60 | 0o400;
const CS8 = 0o60;
// struct termios of the kernel: four words of flags, the line discipline, then the control characters.
const TERMIOS_BYTES = 60;
const CONTROL_CHARACTERS = 17;
const VTIME = 5;
const VMIN = 6;

/**
 * Puts the terminal at a descriptor into raw mode (cfmakeraw(3)) until it is disposed: every byte goes through as it is, both ways. Node's
 * own raw mode goes on turning line feeds into carriage returns, which a program on the terminal within has decided already. Throws by errno.
 */
export function makeRaw(fd: number): Disposable {
  const before = new Uint8Array(TERMIOS_BYTES);
  must("cannot read the terminal's settings", "ioctl", fd, TCGETS, before);
  const raw = before.slice();
  const flags = new Uint32Array(raw.buffer, 0, 4);
  const [input = 0, output = 0, control = 0, local = 0] = flags;
  flags.set([input & ~INPUT, output & ~OPOST, (control & ~CSIZE_PARENB) | CS8, local & ~LOCAL]);
  raw[CONTROL_CHARACTERS + VTIME] = 0;
  raw[CONTROL_CHARACTERS + VMIN] = 1;
  must("cannot make the terminal raw", "ioctl", fd, TCSETSW, raw);
  // A terminal that has hung up meanwhile needs no restoring.
  return { [Symbol.dispose]: () => void syscall("ioctl", fd, TCSETSW, before) };
}

/** What is typed at the terminal is not shown until this is disposed; all else stays as it is. Throws by errno. */
export function hideInput(fd: number): Disposable {
  return withoutLocal(fd, ECHO);
}

/** Keys come as they are pressed, and are not shown, until this is disposed; Ctrl-C and the like stay what they are. Throws by errno. */
export function takeKeys(fd: number): Disposable {
  return withoutLocal(fd, ECHO | ICANON);
}

function withoutLocal(fd: number, flag: number): Disposable {
  const before = new Uint8Array(TERMIOS_BYTES);
  must("cannot read the terminal's settings", "ioctl", fd, TCGETS, before);
  const changed = before.slice();
  const flags = new Uint32Array(changed.buffer, 0, 4);
  flags[3] = (flags[3] ?? 0) & ~flag;
  must("cannot change the terminal's settings", "ioctl", fd, TCSETSW, changed);
  return { [Symbol.dispose]: () => void syscall("ioctl", fd, TCSETSW, before) };
}

/**
 * The size of the terminal at a descriptor at this moment, in characters; undefined for what is no terminal, or one that knows no size.
 * The streams of `process` keep an older one until they have seen the signal themselves.
 */
export function readTerminalSize(fd: number): { rows: number; columns: number } | undefined {
  const size = new Uint16Array(4);
  if (syscall("ioctl", fd, TIOCGWINSZ, size) < 0) return undefined;
  const [rows = 0, columns = 0] = size;
  return rows === 0 || columns === 0 ? undefined : { rows, columns };
}

/** Whether the descriptor is a terminal. node:tty knows too, but loads its streams first, which takes longer than much of a start. */
export function isTerminal(fd: number): boolean {
  return syscall("ioctl", fd, TCGETS, new Uint8Array(TERMIOS_BYTES)) >= 0;
}
