import { formatIp, parseIp } from "../../network/address.ts";
import { badOption } from "../container/bad-option.ts";

/** Addresses of name servers, several times or with commas between them. Throws `invalid`. */
export function nameserversOf(option: string, list: readonly string[]): string[] {
  return list
    .flatMap((text) => text.split(","))
    .map((text) => {
      const address = parseIp(text.trim());
      if (address === undefined) throw badOption(option, text, "an IP address");
      return formatIp(address);
    });
}
