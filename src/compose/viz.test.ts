import { expect, test } from "bun:test";
import { loadFiles } from "../../test/fixtures/compose-files.ts";
import { vizOf } from "./viz.ts";

const FILE = `
services:
  web:
    image: nginx:1
    ports: ["127.0.0.1:8080:80"]
    networks: {back: , front: {priority: 5}}
    depends_on: [db]
  db: {build: ., network_mode: none}
networks: {front: , back: }
`;

test("services are nodes, and an arrow leads from each to what it depends on", async () => {
  const { project } = await loadFiles(FILE);
  const plain = { image: false, networks: false, ports: false, indent: "\t" };
  expect(vizOf(project, plain)).toBe(`digraph "x" {
	layout=dot;
	"db" [style="filled" label=<<font point-size="15">db</font>>];
	"web" [style="filled" label=<<font point-size="15">web</font>>];

	"web" -> "db";
}
`);
  const small = (title: string, line: string): string =>
    `<font point-size="10"><br/><br/><b>${title}:</b><br/>${line}</font>`;
  const all = vizOf(project, { image: true, networks: true, ports: true, indent: "  " });
  expect(all).toContain(`  "db" [style="filled" label=<<font point-size="15">db</font>${small("Image", "x-db")}>];\n`);
  expect(all).toContain(
    `${small("Networks", "front<br/>back")}${small("Ports", "127.0.0.1:8080:80 (tcp, ingress)")}${small("Image", "nginx:1")}>];`,
  );
});
