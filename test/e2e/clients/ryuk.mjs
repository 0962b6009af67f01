// A program of testcontainers that leaves a container and a network behind: it is killed when it has said that they are there.
import { GenericContainer, Network } from "testcontainers";

const network = await new Network().start();
const container = await new GenericContainer("bb:1").withCommand(["sleep", "1000"]).withNetwork(network).start();
console.log(`ready ${container.getId()} ${network.getName()}`);
setInterval(() => undefined, 1000);
