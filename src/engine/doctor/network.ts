import { existsSync } from "node:fs";
import { isEstibaError } from "../../lib/error.ts";
import { foreignPolicies } from "../../network/forward-policy.ts";
import { type DoctorFinding, fine, trouble } from "./finding.ts";

const FOLDERS = ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin"];

/** Whether the nft program and the kernel's nf_tables are there, and whether another tool's policy drops what containers send. */
export function checkNetwork(): DoctorFinding[] {
  const nft = FOLDERS.map((folder) => `${folder}/nft`).find((path) => existsSync(path));
  const program =
    nft === undefined
      ? trouble("error", "nft", {
          what: "the program nft is not installed",
          why: "containers get no network but none and host",
          fix: "apt-get install -y nftables",
        })
      : fine("nft", nft);
  return [program, ...policyFindings()];
}

function policyFindings(): DoctorFinding[] {
  try {
    const policies = foreignPolicies();
    if (policies.length === 0) return [fine("firewall", "no other tool's policy drops what containers send")];
    return policies.map(({ subject, problem, fix }) =>
      trouble("warning", "firewall", { what: subject, why: problem, fix }),
    );
  } catch (error) {
    if (isEstibaError(error, "denied")) {
      return [
        trouble("warning", "firewall", {
          what: "the firewall cannot be read by this user",
          why: "another tool's policy may drop what containers send",
          fix: "sudo estiba doctor",
        }),
      ];
    }
    if (!isEstibaError(error)) throw error;
    return [
      trouble("error", "firewall", {
        what: error.message,
        why: "containers get no network but none and host",
        fix: "modprobe nf_tables",
      }),
    ];
  }
}
