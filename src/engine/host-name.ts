import { EstibaError } from "../lib/error.ts";

/** Linux has no longer one: sethostname(2), __NEW_UTS_LEN. */
const LONGEST = 64;
/** A label of a name in DNS: RFC 1035, 2.3.4. */
const LONGEST_LABEL = 63;

/** The host name of who is called so and has chosen none: cut off as Kubernetes cuts off a pod's name. */
export function hostNameOf(name: string): string {
  return name.length > LONGEST_LABEL ? name.slice(0, LONGEST_LABEL).replace(/[-.]+$/, "") : name;
}

/** Throws `invalid` for a host name that the kernel would refuse. */
export function checkHostName(name: string): void {
  if (Buffer.byteLength(name) <= LONGEST) return;
  throw new EstibaError("invalid", {
    reason: "container.bad_hostname",
    what: `the host name "${name}" is longer than ${LONGEST} bytes, which is the most that Linux has`,
    fix: "choose a shorter one: --hostname NAME",
  });
}
