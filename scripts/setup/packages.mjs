import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { asRoot, findProgram, run, SetupError } from "./step.mjs";

/** What Estiba itself calls. */
const ENGINE_PACKAGES = [
  "ca-certificates",
  "conmon",
  "crun",
  "runc",
  "nftables",
  "iproute2",
  "libseccomp2",
  "bzip2",
  "xz-utils",
];

/** What the demo and the tests make their input with, and look at the outcome with. */
const TEST_PACKAGES = [
  "busybox-static",
  "catatonit",
  "skopeo",
  "docker-registry",
  "e2fsprogs",
  "procps",
  "tmux",
  "python3",
  "git",
  "openssh-server",
  "curl",
  "zstd",
  "runsc",
  "podman",
  "docker.io",
  "docker-compose",
  "containerd",
  "etcd-server",
  "redis-tools",
  "uidmap",
  "slirp4netns",
];

/** What `npm run test:long` boots machines of its own with. */
const LONG_PACKAGES = [
  "qemu-system-x86",
  "qemu-system-common",
  "apparmor",
  "buildah",
  "firewalld",
  "dbus",
  "systemd",
  "libfaketime",
  "sudo",
];

/** The peers of the bench. */
const BENCH_PACKAGES = ["netavark", "aardvark-dns", "iptables", "iperf3"];

/** Services that these packages would start, now and at each boot; nobody asked for them. */
const SERVICES = [
  "docker-registry.service",
  "docker.service",
  "docker.socket",
  "containerd.service",
  "podman.socket",
  "ssh.service",
  "etcd.service",
  "firewalld.service",
];
const POLICY = "/usr/sbin/policy-rc.d";

/** Installs the Debian packages that are missing; asks for root only then. */
export function installPackages(announce, { bench, long }) {
  const wanted = [
    ...ENGINE_PACKAGES,
    ...TEST_PACKAGES,
    ...(bench ? BENCH_PACKAGES : []),
    ...(long ? LONG_PACKAGES : []),
  ];
  const missing = missingPackages(wanted);
  if (missing.length === 0) return undefined;
  if (findProgram("apt-get") === undefined) {
    throw new SetupError(
      `this set-up installs Debian packages, and there is no apt-get here\n  fix: install ${missing.join(" ")}`,
    );
  }
  announce();
  const root = asRoot("installing Debian packages");
  const apt = [...root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", "DPkg::Lock::Timeout=300"];
  run([...apt, "update"]);
  withoutStartingServices(root, () => run([...apt, "install", "-y", "--no-install-recommends", ...missing]));
  return `installed ${missing.join(" ")}`;
}

function missingPackages(names) {
  const format = "${Package} ${db:Status-Status}\n";
  // dpkg-query exits 1 as soon as one name is unknown to it, and still lists the others.
  const result = spawnSync("dpkg-query", ["-W", "-f", format, ...names], { encoding: "utf8" });
  if (result.error !== undefined) {
    throw new SetupError(
      `this set-up is for Debian 12: dpkg-query does not run here\n  fix: install ${names.join(" ")}`,
    );
  }
  const installed = new Set(
    result.stdout
      .split("\n")
      .filter((line) => line.endsWith(" installed"))
      .map((line) => line.split(" ")[0]),
  );
  return names.filter((name) => !installed.has(name));
}

/** Debian starts what it installs unless policy-rc.d forbids it; a service already there keeps its setting. */
function withoutStartingServices(root, work) {
  const systemd = existsSync("/run/systemd/system");
  const before = new Set(systemd ? SERVICES.filter(isKnownService) : []);
  const forbid = !existsSync(POLICY);
  if (forbid) run([...root, "sh", "-c", 'printf "#!/bin/sh\\nexit 101\\n" > "$1" && chmod 755 "$1"', "sh", POLICY]);
  try {
    work();
  } finally {
    if (forbid) run([...root, "rm", "-f", POLICY]);
  }
  const added = systemd ? SERVICES.filter((name) => !before.has(name) && isKnownService(name)) : [];
  if (added.length > 0) run([...root, "systemctl", "-q", "disable", ...added]);
}

function isKnownService(name) {
  return ["/lib/systemd/system", "/etc/systemd/system"].some((folder) => existsSync(`${folder}/${name}`));
}
