import { afterAll, beforeAll, expect, test } from "bun:test";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BINARY } from "../fixtures/engine.ts";
import { makeImage } from "../fixtures/image.ts";
import { BOOTS_LITTLE } from "../fixtures/systemd.ts";
import { makeDisk, runInVm } from "../fixtures/vm.ts";

const HALF_AN_HOUR_MS = 1_800_000;
const UNIT = readFileSync(join(import.meta.dir, "../../packaging/systemd/estiba-node.service"), "utf8");

const held = { folder: "" };

beforeAll(async () => {
  held.folder = mkdtempSync("/var/tmp/estiba-vm-shared-");
  await makeImage(join(held.folder, "image"));
  copyFileSync(BINARY, join(held.folder, "estiba"));
  writeFileSync(join(held.folder, "estiba-node.service"), UNIT.replaceAll("@BINDIR@", "/usr/local/bin"));
}, 300_000);
afterAll(() => rmSync(held.folder, { recursive: true, force: true }));

/** Before systemd, at each boot. Containers lie on the disk: the root is an overlay already. */
const BEFORE = `
export HOME=/root
mkdir -p /disk/estiba /var/lib/estiba && mount --bind /disk/estiba /var/lib/estiba
touch /run/boot-systemd
`;

/** Before the first one. */
const FIRST = `
[ -e /disk/booted ] && exit 0
touch /disk/booted
rm -f /usr/local/bin/estiba
${BOOTS_LITTLE}
cat >/etc/systemd/system/look.service <<'END'
[Unit]
After=network.target estiba-node.service ssh.service
[Service]
Type=oneshot
Environment=HOME=/root NO_COLOR=1 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ExecStart=/bin/sh -c "/bin/sh /mnt/look.sh; echo the command ended with $$? >/dev/ttyS0; systemctl poweroff --force --force"
StandardOutput=file:/dev/ttyS1
StandardError=inherit
TimeoutStartSec=infinity
[Install]
WantedBy=multi-user.target
END
mkdir -p /etc/systemd/system/multi-user.target.wants
ln -s ../look.service /etc/systemd/system/multi-user.target.wants/look.service
`;

/** What both machines' scripts say things with. */
const WORDS = `
say() { echo "$1: $(shift; "$@" 2>&1 | tr '\\n' ' ' | sed 's/ *$//')"; }
until_ok() { n=0; until "$@" >/dev/null 2>&1; do n=$((n + 1)); [ $n -gt 150 ] && { echo "never: $*"; "$@"; return 1; }; sleep 1; done; }
pids() { estiba ps -q | sort | while read -r id; do estiba inspect --format '{{.State.Pid}}' "$id"; done; }
alive() { for pid in $*; do kill -0 "$pid" || echo "$pid is gone"; done; }
is() { [ "$(shift; "$@" 2>/dev/null)" = "$1" ]; }
unit_pid() { systemctl show --value -p MainPID estiba-node; }
node_pid() { sed 's/[^0-9]*\\([0-9]*\\).*/\\1/' /run/estiba/cluster/pid; }
is_unit() { [ "$(unit_pid)" != 0 ] && [ "$(unit_pid)" = "$(node_pid)" ] && echo yes; }
`;

/** Boots a machine once for each script, the same one each time; gives the lines that they print, by what stands before the colon. */
async function boots(
  name: string,
  {
    each = "",
    first,
    scripts,
  }: { readonly each?: string; readonly first: string; readonly scripts: readonly string[] },
): Promise<Record<string, string>[]> {
  const disk = await makeDisk(join(held.folder, `${name}.disk`));
  const shared = join(held.folder, name);
  mkdirSync(shared);
  for (const file of ["estiba", "image", "estiba-node.service"])
    await Bun.$`cp -al ${join(held.folder, file)} ${join(shared, file)}`.quiet();
  const results: Record<string, string>[] = [];
  for (const script of scripts) {
    writeFileSync(join(shared, "look.sh"), `${WORDS}${script}`);
    const { code, output, console } = await runInVm(`${BEFORE}${each}${FIRST}${first}`, {
      shared,
      disk,
      timeoutMs: HALF_AN_HOUR_MS,
    });
    if (code !== 0) throw new Error(`the machine ended with ${code}:\n${output}\n${console}`);
    const lines = output.split("\n").flatMap((line) => {
      const [, key, value] = /^([a-z ]+): (.*)$/.exec(line.trim()) ?? [];
      return key === undefined || value === undefined ? [] : [[key, value] as const];
    });
    results.push({ output, ...Object.fromEntries(lines) });
  }
  return results;
}

const ALONE = `
install -m 755 /mnt/estiba /usr/local/bin/estiba
cp /mnt/estiba-node.service /etc/systemd/system/
`;

test(
  "swarm init under systemd: its unit takes the place of what a command has started, and is stopped, killed and restarted with the same containers",
  async () => {
    const [first] = await boots("alone", {
      first: ALONE,
      scripts: [
        `
      # Emulated, the first start may take longer than a command waits for it.
      for try in 1 2 3 4 5; do said=$(estiba swarm init 2>&1) && break; estiba swarm leave --force; done
      say warned echo "$said"
      systemctl enable --quiet --now estiba-node
      until_ok is yes is_unit; say taken is_unit
      estiba load -q -i /mnt/image
      estiba service create -q --name web --replicas 2 --stop-grace-period 0s bb:1 sleep 100000
      before=$(pids); say tasks echo $before
      systemctl restart estiba-node; until_ok estiba node ls; say restarted echo $(pids); say unit is_unit
      kill -9 "$(unit_pid)"; until_ok is yes is_unit; until_ok estiba node ls; say killed echo $(pids)
      systemctl stop estiba-node; say stopped alive $before; say state systemctl is-active estiba-node
      estiba node ls >/dev/null; say revived is_unit
      `,
      ],
    });
    const { tasks: pids = "" } = first ?? {};
    expect(pids).toMatch(/^\d+ \d+$/);
    expect(first).toMatchObject({
      warned: expect.stringContaining("systemctl enable --now estiba-node"),
      taken: "yes",
      restarted: pids,
      unit: "yes",
      killed: pids,
      stopped: "",
      state: "inactive",
      revived: "yes",
    });
  },
  HALF_AN_HOUR_MS,
);
