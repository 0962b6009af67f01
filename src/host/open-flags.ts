/** O_PATH and O_CLOEXEC, which node does not name; the same on x86_64 and aarch64. */
export const O_PATH = 0o10000000;
export const O_CLOEXEC = 0o2000000;
