// Cells of rows by the page's own rule: a file of pairs (value, column) in, a file of lists of cells out.
import { readFileSync, writeFileSync } from "node:fs";
import { cellsOf } from "../../web/src/cells.ts";

const [given, made] = process.argv.slice(2);
const plain = (cells) => cells && cells.map((cell) => (Number.isNaN(cell) ? "missing" : cell));
writeFileSync(made, JSON.stringify(JSON.parse(readFileSync(given, "utf8")).map(([value, column]) => plain(cellsOf(value, column)))));
