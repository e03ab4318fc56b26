// Words of texts by the page's own rule: a file of JSON texts in, a file of JSON words out.
import { readFileSync, writeFileSync } from "node:fs";
import { Words } from "../../web/src/words_of_texts.ts";

const [table, given, made] = process.argv.slice(2).map((name, at) => (at < 2 ? JSON.parse(readFileSync(name, "utf8")) : name));
const words = new Words(table);
writeFileSync(made, JSON.stringify(given.map((text) => words.find(text))));
