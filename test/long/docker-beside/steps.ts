/** A command line of `docker` for both engines: code and output must be the same, unless `differs` says why they are not; then they really differ. */
export type Step = {
  readonly run: readonly string[];
  readonly stdin?: string;
  readonly differs?: string;
};

/** Why something differs. */
const TYPED = "an image that is not there is named as it was typed";
const NEWER = "the words are those of Docker 28";
const OWN_WORDS = "Estiba's own words, which say as much";
const RUNTIME = "how a runtime failed is said without the programs that called each other";
const LAYERS = "the layers that went with an image are not told";
const STEPS_MADE = "a step is what makes a layer, and no container stays between two of them";

const SLEEP = ["--stop-signal", "KILL", "bb:1", "sleep", "1000"];
const CREATE =
  "create --name c1 -e A=1 --label k=v -p 127.0.0.1::8080 -w /tmp -u 0:0 --hostname h --restart on-failure:3 --memory 64m --cpus 0.5 --tmpfs /t -v vol:/v --cap-add NET_ADMIN";
const ROW =
  "{{.Names}}|{{.Image}}|{{.Command}}|{{.State}}|{{.Status}}|{{.Ports}}|{{.Mounts}}|{{.Networks}}|{{.LocalVolumes}}";
const CONFIG =
  "{{.Name}} {{.Path}} {{json .Args}} {{.State.Status}} {{json .Config.Cmd}} {{json .Config.Labels}} {{.Config.WorkingDir}} {{.Config.User}} {{.Config.Hostname}} {{json .Config.ExposedPorts}} {{.Config.Image}} {{.Config.StopSignal}}";
const HOST =
  "{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{json .HostConfig.RestartPolicy}} {{json .HostConfig.PortBindings}} {{json .HostConfig.Tmpfs}} {{json .HostConfig.Binds}} {{json .HostConfig.CapAdd}} {{.HostConfig.NetworkMode}} {{.HostConfig.AutoRemove}} {{.HostConfig.Privileged}}";

function lines(...all: readonly string[]): Step[] {
  return all.map((line) => ({ run: line.split(" ") }));
}

function differing(differs: string, ...all: readonly string[]): Step[] {
  return lines(...all).map((step) => ({ ...step, differs }));
}

const IMAGES: readonly Step[] = [
  { run: ["version", "--format", "{{.Server.Os}} {{.Server.Arch}}"] },
  { run: ["info", "--format", "{{.OSType}} {{.Swarm.LocalNodeState}} {{.NCPU}} {{.MemTotal}} {{.Images}}"] },
  { run: ["images", "--format", "{{.Repository}}:{{.Tag}}"] },
  { run: ["images", "-q", "--no-trunc"] },
  { run: ["image", "inspect", "-f", "{{json .Config.Cmd}} {{json .Config.Env}} {{.Os}} {{.Architecture}}", "bb:1"] },
  { run: ["image", "inspect", "-f", "{{json .RootFS}} {{json .RepoTags}} {{.Author}}", "bb:1"] },
  { run: ["history", "--format", "{{.CreatedBy}}|{{.Comment}}", "bb:1"] },
  ...differing(TYPED, "image inspect none"),
  ...lines("tag bb:1 other:2", "images -q other", "rmi other:2"),
  ...differing(TYPED, "rmi none"),
  ...differing(TYPED, "tag none x"),
];

const LIFE: readonly Step[] = [
  {
    run: [...CREATE.split(" "), ...SLEEP],
  },
  { run: ["inspect", "-f", CONFIG, "c1"] },
  { run: ["inspect", "-f", HOST, "c1"], differs: "the default network has its name" },
  { run: ["ps", "-a", "--format", ROW] },
  ...lines("start c1", "start c1", "port c1"),
  { run: ["ps", "--format", ROW] },
  { run: ["top", "c1", "-eo", "pid,args"] },
  { run: ["stats", "--no-stream", "--format", "{{.Name}}", "c1"] },
  { run: ["exec", "c1", "sh", "-c", "echo $A; pwd; hostname; id -u"] },
  { run: ["exec", "-i", "c1", "cat"], stdin: "through\n" },
  { run: ["exec", "c1", "sh", "-c", "exit 9"] },
  ...differing(RUNTIME, "exec c1 none"),
  ...lines("exec none true", "logs c1", "logs none", "pause c1", "exec c1 true", "pause c1"),
  { run: ["ps", "--filter", "status=paused", "--format", ROW] },
  ...lines("unpause c1", "unpause c1", "rename c1 c2", "rename none x", "update --memory 128m --memory-swap 256m c2"),
  { run: ["inspect", "-f", "{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}}", "c2"] },
  ...differing(NEWER, "rm c2"),
  ...lines("stop -t 0 c2", "stop c2", "ps -q", "start c2", "restart -t 0 c2", "kill -s KILL c2"),
  ...differing(NEWER, "kill c2"),
  ...lines("wait c2", "rm c2", "rm c2", "rm -f none", "inspect nothing"),
];

const RUNS: readonly Step[] = [
  { run: ["run", "--name", "loud", "bb:1", "sh", "-c", "touch /made; echo one; sleep 0.2; echo two >&2; exit 3"] },
  ...lines("logs loud", "logs --tail 1 loud", "wait loud"),
  ...differing("the folder of /etc/hosts, which the container has of its own, has been written to", "diff loud"),
  { run: ["ps", "-a", "--filter", "exited=3", "--format", "{{.Names}} {{.Status}}"] },
  { run: ["run", "--rm", "-i", "bb:1", "sh", "-c", "cat; exit 4"], stdin: "in\n" },
  ...differing(RUNTIME, "run --rm bb:1 none", "run --rm bb:1 /etc"),
  ...lines("create --name loud bb:1", "run --rm --memory 1k bb:1 true", "run --rm --pull never nope:1"),
  ...differing("a network has to be there when a container is made", "create --network nonet --name nn bb:1 true"),
  ...differing("none was made", "rm -f nn"),
  ...differing(OWN_WORDS, "run --rm -v vol:/x:nonsense bb:1 true", "run --rm --cap-add NONSENSE bb:1 true"),
  ...differing(OWN_WORDS, "run --rm --user nobody-such bb:1 true", "run --rm --workdir relative bb:1 true"),
  ...lines("run --rm --restart always bb:1 true"),
  ...lines("cp loud:/none /tmp", "cp /none loud:/tmp", "cp /etc/hostname none:/tmp"),
  { run: ["commit", "-m", "said", "-a", "me", "-c", 'CMD ["ls","/made"]', "loud", "made:1"] },
  { run: ["image", "inspect", "-f", "{{json .Config.Cmd}} {{.Comment}} {{.Author}}", "made:1"] },
  ...lines("run --rm made:1", "rm loud"),
  ...differing(LAYERS, "rmi made:1"),
];

const PLACES: readonly Step[] = [
  ...lines("volume create --label a=b v1", "volume create v1", "volume ls -q", "volume inspect none"),
  { run: ["volume", "inspect", "-f", "{{.Name}} {{.Driver}} {{.Scope}} {{json .Labels}}", "v1"] },
  ...lines("create --name user -v v1:/v bb:1 true", "volume rm v1", "volume ls -q --filter dangling=true"),
  ...lines("rm user", "volume rm v1", "volume rm v1", "volume rm vol", "volume create --driver nonsense x"),
  ...lines("network create --label a=b n1", "network create n1", "network inspect nonet"),
  { run: ["network", "ls", "--format", "{{.Name}} {{.Driver}} {{.Scope}}"] },
  { run: ["network", "inspect", "-f", "{{.Name}} {{.Driver}} {{.Internal}} {{json .Labels}}", "n1"] },
  { run: ["run", "-d", "--name", "on", "--network", "n1", "--network-alias", "al", ...SLEEP] },
  { run: ["network", "inspect", "-f", "{{range .Containers}}{{.Name}}{{end}}", "n1"] },
  ...differing(NEWER, "network rm n1"),
  ...lines("network connect n1 on", "network disconnect n1 on", "network disconnect n1 on"),
  ...lines("network connect --alias b n1 on", "network connect nonet on", "network connect n1 none"),
  ...lines("rm -f on", "network rm n1", "network rm n1", "network rm bridge"),
];

const REST: readonly Step[] = [
  ...differing(STEPS_MADE, "build -t built:1 CONTEXT", "build -f Broken CONTEXT"),
  ...differing("where in the line is said, too", "build -f Wrong CONTEXT"),
  ...lines("build -q CONTEXT", "build -f none CONTEXT", "run --rm built:1"),
  ...differing(LAYERS, "rmi built:1"),
  ...lines("service ls", "node ls", "plugin ls", "secret ls", "swarm leave"),
  ...differing("one that could not be begun with --rm was made and left there", "container prune -f"),
  ...lines("volume prune -f", "network prune -f"),
  { run: ["system", "df", "--format", "{{.Type}} {{.TotalCount}} {{.Active}}"] },
  ...differing(NEWER, "ps -a --filter bogus=x", "images --filter bogus=x", "volume ls --filter bogus=x"),
  ...differing(NEWER, "network ls --filter bogus=x"),
  ...differing("a filter of events that is none is refused", "events --since 1 --until 2 --filter bogus=x"),
  ...lines("logs --since yesterday none"),
];

export const STEPS: readonly Step[] = [...IMAGES, ...LIFE, ...RUNS, ...PLACES, ...REST];
