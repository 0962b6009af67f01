/** The drivers whose containers are on the host's own network, by an interface beside one of the host's. */
export type ChildDriver = "macvlan" | "ipvlan";

/** Modes by name, with the kernel's numbers (linux/if_link.h); the first is the usual one. */
export const CHILD_MODES: Readonly<Record<ChildDriver, Readonly<Record<string, number>>>> = {
  macvlan: { bridge: 4, private: 1, vepa: 2, passthru: 8 },
  ipvlan: { l2: 0, l3: 1, l3s: 2 },
};
