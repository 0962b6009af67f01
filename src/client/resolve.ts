import { join } from "node:path";
import { readIfThere } from "../host/read-if-there.ts";
import { EstibaError } from "../lib/error.ts";
import { type EngineAddress, parseEngineAddress, type TlsMaterial } from "./address.ts";
import { dockerFolder, readContext } from "./contexts.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What is asked of TLS by options; what is left out comes from the variables, as with Docker. */
export type TlsChoice = {
  readonly tls?: boolean | undefined;
  readonly verify?: boolean | undefined;
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
};

/** The address that a text names, with TLS as the options and DOCKER_TLS_VERIFY, DOCKER_CERT_PATH say. Throws `invalid`, `not_found`. */
export function addressOfHost(text: string, choice: TlsChoice, environment: Environment): EngineAddress {
  return parseEngineAddress(text, tlsMaterial(choice, environment));
}

/** The address that a context of Docker's names. Throws `not_found`, `invalid`. */
export function addressOfContext(name: string, environment: Environment): EngineAddress {
  const { host, tls, skipTlsVerify } = readContext(dockerFolder(environment), name);
  const [ca, cert, key] = [tls["ca.pem"], tls["cert.pem"], tls["key.pem"]];
  const needed = ca !== undefined || cert !== undefined || skipTlsVerify;
  return parseEngineAddress(host, needed ? { ca, cert, key, verify: !skipTlsVerify } : undefined);
}

function tlsMaterial(choice: TlsChoice, environment: Environment): TlsMaterial | undefined {
  const named = [choice.ca, choice.cert, choice.key].some((path) => path !== undefined);
  const verify = choice.verify ?? (environment["DOCKER_TLS_VERIFY"] ?? "") !== "";
  if (!verify && choice.tls !== true && !named) return undefined;
  const certPath = environment["DOCKER_CERT_PATH"] ?? "";
  const folder = certPath === "" ? dockerFolder(environment) : certPath;
  return {
    ca: pem(choice.ca, join(folder, "ca.pem")),
    cert: pem(choice.cert, join(folder, "cert.pem")),
    key: pem(choice.key, join(folder, "key.pem")),
    // Naming a CA is asking for it to be held to.
    verify: verify || (choice.verify === undefined && choice.ca !== undefined),
  };
}

// The usual file may be missing; one that was named may not.
function pem(named: string | undefined, usual: string): string | undefined {
  if (named === undefined) return readIfThere(usual);
  const text = readIfThere(named);
  if (text !== undefined) return text;
  throw new EstibaError("not_found", {
    reason: "client.no_certificate",
    what: `cannot read "${named}": there is no such file`,
    fix: "name files in PEM form by --tlscacert, --tlscert and --tlskey",
  });
}
