import { reserveIdFile } from "../container/id-file.ts";
import { CREATE_SHAPE, type CreateValues, makeContainer } from "./make-container.ts";
import { defineRemote, type RemoteVerb } from "./verb.ts";

export const verb: RemoteVerb = defineRemote({
  options: CREATE_SHAPE,
  async run(given, args, remote) {
    const values = given as unknown as CreateValues;
    using idFile = reserveIdFile(values.cidfile);
    const { id } = await makeContainer(remote, values, args);
    idFile?.write(id);
    remote.out(`${id}\n`);
    return 0;
  },
});
