import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BINARY } from "../fixtures/engine.ts";
import { makeImage } from "../fixtures/image.ts";
import { BOOTS_LITTLE } from "../fixtures/systemd.ts";
import { runInVm } from "../fixtures/vm.ts";

const HALF_AN_HOUR_MS = 1_800_000;

const FILE = `
name: shop
services:
  web:
    image: bb:1
    command: sleep 1000
    stop_signal: SIGKILL
    depends_on: {api: {condition: service_healthy}}
  api:
    image: bb:1
    command: sh -c "sleep 3; touch /ready; exec sleep 1000"
    stop_signal: SIGKILL
    healthcheck: {test: [CMD, test, -f, /ready], interval: 1s, retries: 100, timeout: 20s}
    depends_on: {migrate: {condition: service_completed_successfully}}
  migrate: {image: "bb:1", command: sh -c "sleep 2"}
`;

/** Before systemd: the project is enabled, and nothing of it has ever run. What systemd's boot of the host would start is left out. */
const BEFORE = `
export HOME=/root NO_COLOR=1
estiba() { ${BINARY} --root /run/tmp/root --runroot /run/estiba-vm "$@"; }
mkdir -p /run/tmp/shop && cp /mnt/compose.yaml /run/tmp/shop/ && cd /run/tmp/shop
${BOOTS_LITTLE}
estiba load -q -i /mnt/image
estiba compose enable --reload-systemd=false || exit 1
cat >/etc/systemd/system/look.service <<'END'
[Unit]
After=estiba-compose-shop.target estiba-compose-shop.web.service
[Service]
Type=oneshot
ExecStart=/bin/sh -c "/bin/sh /mnt/look.sh; echo the command ended with $$? >/dev/ttyS0; systemctl poweroff --force --force"
StandardOutput=file:/dev/ttyS1
StandardError=inherit
TimeoutStartSec=infinity
[Install]
WantedBy=multi-user.target
END
mkdir -p /etc/systemd/system/multi-user.target.wants
ln -s ../look.service /etc/systemd/system/multi-user.target.wants/look.service
touch /run/boot-systemd
`;

/** At the end of the boot, as its last unit. */
const LOOK = `
export HOME=/root NO_COLOR=1
estiba() { ${BINARY} --root /run/tmp/root --runroot /run/estiba-vm "$@"; }
cd /run/tmp/shop
moments() { for service in migrate api web; do
  echo "$1 $service $(systemctl show --value -p $1 estiba-compose-shop.$service.service)"; done; }
systemctl is-system-running
journalctl --no-pager --output=cat -u 'estiba-compose-*' | tail -n 30
moments ActiveEnterTimestampMonotonic
estiba compose ps -a --format '{{.Service}} {{.State}} {{.Health}}'
systemctl stop estiba-compose-shop.target
# The target has stopped at once; this waits for the services that stop with it.
systemctl stop 'estiba-compose-shop.*.service'
moments InactiveEnterTimestampMonotonic
estiba compose ps -a --format 'stopped {{.Service}} {{.State}}'
systemctl start estiba-compose-shop.target
estiba compose ps -a --format 'again {{.Service}} {{.State}}'
estiba compose disable
`;

test(
  "a boot by systemd starts an enabled project in its order, each when what it needs is healthy or done; a stop goes the other way",
  async () => {
    const shared = mkdtempSync("/var/tmp/estiba-vm-shared-");
    try {
      writeFileSync(join(shared, "compose.yaml"), FILE);
      writeFileSync(join(shared, "look.sh"), LOOK);
      await makeImage(join(shared, "image"));
      const { code, output, console } = await runInVm(BEFORE, { shared, timeoutMs: HALF_AN_HOUR_MS });
      if (code !== 0) throw new Error(`the machine ended with ${code}:\n${output}\n${console}`);
      const lines = output.split("\n").map((line) => line.trim());
      const times = (key: string): number[] =>
        ["migrate", "api", "web"].map((name) =>
          Number(lines.find((line) => line.startsWith(`${key} ${name} `))?.split(" ")[2] ?? Number.NaN),
        );
      const started = times("ActiveEnterTimestampMonotonic");
      expect({ output, started: started.every((time) => time > 0) }).toMatchObject({ started: true });
      expect(started).toEqual(started.toSorted((a, b) => a - b));
      const stopped = times("InactiveEnterTimestampMonotonic");
      expect({ output, stopped: stopped.every((time) => time > 0) }).toMatchObject({ stopped: true });
      expect(stopped).toEqual(stopped.toSorted((a, b) => b - a));
      for (const line of ["api running healthy", "migrate exited", "web running"]) expect(lines).toContain(line);
      for (const line of ["stopped api exited", "stopped migrate exited", "stopped web exited"])
        expect(lines).toContain(line);
      for (const line of ["again api running", "again web running"]) expect(lines).toContain(line);
    } finally {
      rmSync(shared, { recursive: true, force: true });
    }
  },
  HALF_AN_HOUR_MS,
);
