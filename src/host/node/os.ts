// What the binary takes for node:os (scripts/bundle/quick.ts): the module itself, where it is used at all.
import type * as node from "node:os";
import { backedBy, real } from "./real.ts";

export const constants: typeof node.constants = backedBy<typeof node.constants>({}, () => real("os").constants);

export const arch: typeof node.arch = () => real("os").arch();
export const availableParallelism: typeof node.availableParallelism = () => real("os").availableParallelism();
export const cpus: typeof node.cpus = () => real("os").cpus();
export const freemem: typeof node.freemem = () => real("os").freemem();
export const homedir: typeof node.homedir = () => real("os").homedir();
export const hostname: typeof node.hostname = () => real("os").hostname();
export const networkInterfaces: typeof node.networkInterfaces = () => real("os").networkInterfaces();
export const release: typeof node.release = () => real("os").release();
export const tmpdir: typeof node.tmpdir = () => real("os").tmpdir();
export const totalmem: typeof node.totalmem = () => real("os").totalmem();
export const uptime: typeof node.uptime = () => real("os").uptime();
export const userInfo: typeof node.userInfo = ((...asked: Parameters<typeof node.userInfo>) =>
  real("os").userInfo(...asked)) as typeof node.userInfo;
