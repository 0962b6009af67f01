const PREFIX = "com.docker.network.endpoint.";

/** What options of an endpoint say, as Docker has them. */
export type EndpointOptions = { readonly interfaceName?: string; readonly sysctls: readonly string[] };

/** An option that is none. */
export type StrangeOption = { readonly option: string; readonly wanted: string };

/** Reads `NAME=VALUE` options of an endpoint. Pure. */
export function readEndpointOptions(options: readonly string[]): EndpointOptions | StrangeOption {
  const found: { interfaceName?: string; sysctls: string[] } = { sysctls: [] };
  for (const text of options) {
    const value = text.slice(text.indexOf("=") + 1);
    if (text.startsWith(`${PREFIX}ifname=`)) found.interfaceName = value;
    else if (text.startsWith(`${PREFIX}sysctls=`)) {
      // Docker's command turns what stands in --network into small letters.
      const sysctls = value.split(",").map((sysctl) => sysctl.replace(".ifname.", ".IFNAME."));
      const option = sysctls.find((sysctl) => !isEndpointSysctl(sysctl));
      if (option !== undefined)
        return { option, wanted: "a sysctl of an interface, such as net.ipv4.conf.IFNAME.log_martians=1" };
      found.sysctls.push(...sysctls);
    } else return { option: text, wanted: `${PREFIX}ifname=NAME or ${PREFIX}sysctls=NAME=VALUE,...` };
  }
  return found;
}

function isEndpointSysctl(text: string): boolean {
  return /^net\.(ipv4|ipv6|mpls)\.[a-z_]+\.IFNAME\.[a-z0-9_]+=[^=]+$/.test(text);
}
