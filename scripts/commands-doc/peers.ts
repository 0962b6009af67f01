import flags from "../../test/e2e/peers/flags.json";

export type PeerName = "podman" | "docker";

/** A command of the peers that have it, with all options that one of them has. */
export type PeerCommand = {
  readonly peers: readonly PeerName[];
  /** By name, with the peers that have it. */
  readonly options: ReadonlyMap<string, readonly PeerName[]>;
};

type Recorded = Readonly<
  Record<
    PeerName,
    { version: string; commands: Readonly<Record<string, { flags: Readonly<Record<string, unknown>> }>> }
  >
>;

const RECORDED: Recorded = flags;
const PEERS: readonly PeerName[] = ["podman", "docker"];

/** The versions that were recorded. */
export function peerVersions(): string {
  return `Podman ${RECORDED.podman.version} and Docker ${RECORDED.docker.version}`;
}

/** Every command line prefix of the peers, such as `container run`; "" stands for the options before any command. */
export function peerCommands(): Map<string, PeerCommand> {
  const commands = new Map<string, PeerCommand>();
  for (const peer of PEERS)
    for (const [name, { flags: options }] of Object.entries(RECORDED[peer].commands))
      commands.set(name, merge(commands.get(name), peer, Object.keys(options)));
  return commands;
}

/** Two commands as one: what either has. */
export function joined(a: PeerCommand | undefined, b: PeerCommand): PeerCommand {
  let both = a ?? { peers: [], options: new Map() };
  for (const peer of b.peers) {
    const own = [...b.options].filter(([, peers]) => peers.includes(peer)).map(([name]) => name);
    both = merge(both, peer, own);
  }
  return both;
}

function merge(known: PeerCommand | undefined, peer: PeerName, names: readonly string[]): PeerCommand {
  const options = new Map(known?.options);
  for (const name of names) options.set(name, withPeer(options.get(name), peer));
  return { peers: withPeer(known?.peers, peer), options };
}

function withPeer(known: readonly PeerName[] | undefined, peer: PeerName): PeerName[] {
  return PEERS.filter((name) => name === peer || known?.includes(name));
}
