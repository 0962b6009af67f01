import { printWords } from "../../lib/unit-words.ts";
import { checkKeys, each, type KeyRules, ownKeys, tableWords, text, truth } from "./rules.ts";
import { baseCommand, beginUnit, type Conversion, pairWords, rawWords, setOneshot } from "./shared.ts";
import { keyError, truthOf, type UnitFile, valuesOf } from "./unit-file.ts";

const GROUP = "Network";

const PLAIN: KeyRules = {
  DisableDNS: truth("--disable-dns"),
  Internal: truth("--internal"),
  IPv6: truth("--ipv6"),
  Driver: text("--driver"),
  IPAMDriver: text("--ipam-driver"),
  InterfaceName: text("--interface-name"),
  DNS: each("--dns"),
};

/** The keys of [Network]. Source: podman-systemd.unit(5). */
export const NETWORK_KEYS: KeyRules = {
  ...PLAIN,
  ...ownKeys("Gateway", "IPRange", "Label", "NetworkDeleteOnStop", "NetworkName", "Options", "Subnet"),
};

/** A .network file as a service that makes the network. */
export function convertNetwork(conversion: Conversion): string[] {
  const { quadlet, draft } = conversion;
  const { unit } = quadlet;
  const warnings = checkKeys(unit, GROUP, NETWORK_KEYS);
  beginUnit(conversion);
  const name = quadlet.resource ?? "";
  const argv = [
    ...baseCommand(conversion),
    "network",
    "create",
    "--ignore",
    ...tableWords(unit, GROUP, PLAIN),
    ...subnetWords(unit),
    ...pairWords(conversion, "Options", "--opt"),
    ...pairWords(conversion, "Label", "--label"),
    ...rawWords(conversion),
    name,
  ];
  draft.add("Service", "ExecStart", printWords(argv));
  if (truthOf(unit, GROUP, "NetworkDeleteOnStop") === true)
    draft.add("Service", "ExecStopPost", printWords([...baseCommand(conversion), "network", "rm", name]));
  setOneshot(conversion, true);
  return warnings;
}

// The first gateway and range belong to the first subnet, and so on.
function subnetWords(unit: UnitFile): string[] {
  const subnets = valuesOf(unit, GROUP, "Subnet");
  const [gateways, ranges] = [valuesOf(unit, GROUP, "Gateway"), valuesOf(unit, GROUP, "IPRange")];
  for (const [key, values, name] of [
    ["Gateway", gateways, "gateways"],
    ["IPRange", ranges, "ranges"],
  ] as const) {
    if (values.length > 0 && subnets.length === 0)
      throw keyError(unit, GROUP, key, ["cannot set gateway or range without subnet", "add Subnet="]);
    if (values.length > subnets.length) throw keyError(unit, GROUP, key, `cannot set more ${name} than subnets`);
  }
  return subnets.flatMap((subnet, index) => [
    "--subnet",
    subnet,
    ...option("--gateway", gateways[index]),
    ...option("--ip-range", ranges[index]),
  ]);
}

function option(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [name, value];
}
