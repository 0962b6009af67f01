/**
 * Sends a process SIGHUP when this process is gone, however that ends; disposing it lets the other go on by itself. A shell waits for the
 * end of a pipe that only we hold open.
 */
export function hangUpWithUs(pid: number): Disposable {
  const guard = Bun.spawn({
    cmd: ["/bin/sh", "-c", 'read -r _ || kill -HUP "$1"', "sh", String(pid)],
    // Ctrl-C and the end of our terminal are not meant for it.
    detached: true,
    env: {},
    stdio: ["pipe", "ignore", "ignore"],
  });
  return { [Symbol.dispose]: () => guard.kill("SIGKILL") };
}
