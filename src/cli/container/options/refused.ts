/** Options of `run` and `create` of the peers that cannot work here; whoever gives one is told why. */
export const REFUSED_OPTIONS = {
  chrootdirs: { kind: "refused", help: "it is for FreeBSD's jails" },
  "cpu-count": { kind: "refused", help: "only Windows has it; use --cpus" },
  "cpu-percent": { kind: "refused", help: "only Windows has it; use --cpus" },
  "decryption-key": { kind: "refused", help: "encrypted images are not supported" },
  "io-maxbandwidth": { kind: "refused", help: "only Windows has it; use --device-read-bps" },
  "io-maxiops": { kind: "refused", help: "only Windows has it; use --device-read-iops" },
  isolation: { kind: "refused", help: "only Windows has it" },
  link: { kind: "refused", help: "Docker itself keeps it for old set-ups only; use a network and names" },
  "link-local-ip": { kind: "refused", help: "interfaces get no link-local addresses of choice" },
  personality: { kind: "refused", help: "the runtimes of Debian 12 do not agree on it" },
  "storage-opt": { kind: "refused", help: "a container's own layer has no size of its own; the disk is its limit" },
  "use-api-socket": { kind: "refused", help: "there is no daemon whose socket a container could use" },
} as const;
