import { EstibaError } from "../lib/error.ts";
import { hasCode } from "../lib/has-code.ts";
import { logDebug } from "../lib/log.ts";

/**
 * Applies a script with the nft program, in one transaction of the kernel: in the network namespace of the calling thread, or in the one named
 * by a descriptor. Synchronous: the caller holds a lock.
 * Throws `unsupported` when nft is not installed, `internal` with its own words when it refuses.
 */
export function applyScript(script: string, netnsFd?: number): void {
  logDebug(() => `running nft -f -: ${script.trim()}`);
  let result: { exitCode: number; stderr: Buffer };
  try {
    const there = netnsFd === undefined ? [] : ["nsenter", `--net=/proc/${process.pid}/fd/${netnsFd}`, "--"];
    result = Bun.spawnSync([...there, "nft", "-f", "-"], {
      stdin: Buffer.from(script),
      stdout: "ignore",
      stderr: "pipe",
      // An exit hook has next to no environment, and a user's PATH often lacks the sbin folders.
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin", LC_ALL: "C" },
    });
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
    throw new EstibaError("unsupported", {
      reason: "network.no_nft",
      what: "the program nft is needed for networks and is not installed",
      cause: error,
      fix: "apt-get install nftables",
    });
  }
  if (result.exitCode === 0) return;
  throw new EstibaError("internal", {
    reason: "network.nft_refused",
    what: "nft refused the rules of the network",
    cause: new Error(result.stderr.toString().trim()),
    fix: "see `estiba doctor`; the kernel needs nf_tables with NAT and fib (CONFIG_NFT_NAT, CONFIG_NFT_FIB_INET, CONFIG_NFT_NUMGEN)",
  });
}
