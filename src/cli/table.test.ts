import { expect, test } from "bun:test";
import { chosenFormat, renderTable } from "./table.ts";

const rows = [
  {
    ID: "0123456789ab",
    Names: "web",
    Status: "Up 2 minutes",
    RunningFor: "2 minutes",
    Labels: { app: "a" },
    Mounts: ["/x", "/y"],
  },
  { ID: "ba9876543210", Names: "a-much-longer-name", Status: "Exited", RunningFor: "1 hour", Labels: {}, Mounts: [] },
];
const options = { headers: { ID: "CONTAINER ID" } };

test("a table has headings and columns that are aligned, parted by spaces or by tabs", () => {
  const wanted = [
    "CONTAINER ID  NAMES               STATUS",
    "0123456789ab  web                 Up 2 minutes",
    "ba9876543210  a-much-longer-name  Exited",
    "",
  ].join("\n");
  expect(renderTable("table {{.ID}} {{.Names}} {{.Status}}", rows, options)).toBe(wanted);
  expect(renderTable(String.raw`table {{.ID}}\t{{.Names}}\t{{.Status}}`, rows, options)).toBe(wanted);
});

test("with tabs, spaces belong to the cell and its heading", () => {
  expect(renderTable("table {{.ID}} {{.Names}}\t{{.RunningFor}}", rows.slice(0, 1), options)).toBe(
    "CONTAINER ID NAMES  RUNNING FOR\n0123456789ab web    2 minutes\n",
  );
});

test("headings go without, and a table of nothing is its headings", () => {
  expect(renderTable("table {{.Names}}", rows, { ...options, noHeading: true })).toBe("web\na-much-longer-name\n");
  expect(renderTable("table {{.ID}} {{.Names}}", [], options)).toBe("CONTAINER ID  NAMES\n");
});

test("functions, labels and blocks in a cell leave the heading alone", () => {
  const format = 'table {{upper .Names}} {{.Label "app"}} {{range .Mounts}}{{.}} {{end}}';
  expect(renderTable(format, rows.slice(0, 1), options)).toBe(
    "NAMES       app         MOUNTS\nWEB         a           /x /y \n",
  );
});

test("without the prefix each row is a line by the template, with \\t and \\n", () => {
  expect(renderTable(String.raw`{{.ID}}\t{{.Names}}`, rows, options)).toBe(
    "0123456789ab\tweb\nba9876543210\ta-much-longer-name\n",
  );
  expect(renderTable(String.raw`{{.Names}}\n`, rows, options)).toBe("web\na-much-longer-name\n");
  expect(renderTable("{{.Labels.app}}", rows, options)).toBe("a\n<no value>\n");
  expect(renderTable("{{json .Labels}}", rows, options)).toBe('{"app":"a"}\n{}\n');
});

test("a field that is not there is refused with the nearest", () => {
  expect(() => renderTable("table {{.Name}}", rows, options)).toThrow("can't evaluate field Name");
});

test("`table` alone means the usual columns, as no format does; any other is taken as it is", () => {
  for (const asked of [undefined, "table", " table "]) expect(chosenFormat(asked, "usual")).toBe("usual");
  for (const asked of ["table {{.ID}}", ""]) expect(chosenFormat(asked, "usual")).toBe(asked);
});
