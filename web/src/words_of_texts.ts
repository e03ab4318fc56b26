// Which words does a text hold? The twin of receta/data/words.py, by the rule of docs/texts.md and its frozen table.

/** receta/data/words.json: classes of characters as ranges of code points, and pairs of upper and lower case. */
export interface Table {
  characters: number;
  longest: number;
  classes: Record<string, number[]>;
  lower: number[];
}

/** A word, and where it stands in the tidy text, in code points. */
export interface Word {
  word: string;
  start: number;
  end: number;
}

const WORDS = /(H?W[WM]*(?:JW[WM]*)*)H*|(RR|[ARS])M*/g;

/** The rule with its table; made once. */
export class Words {
  private readonly classes = new Uint8Array(0x110000).fill(32); // a letter of each code point; 32 is a space
  private readonly lower = new Map<number, number>();
  private readonly table: Table;

  constructor(table: Table) {
    this.table = table;
    for (const [name, ranges] of Object.entries(table.classes))
      for (let at = 0; at < ranges.length; at += 2) this.classes.fill(name.charCodeAt(0), ranges[at]!, ranges[at + 1]! + 1);
    for (let at = 0; at < table.lower.length; at += 2) this.lower.set(table.lower[at]!, table.lower[at + 1]!);
  }

  /** The words of a text in their order. */
  find(text: string): string[] {
    return this.spans(text)[1].map((one) => one.word);
  }

  /** The text as words are looked for in it, in code points, and its words. */
  spans(text: string): [string[], Word[]] {
    const plain = [...this.tidy(text)];
    const letters = plain.map((one) => String.fromCharCode(this.classes[one.codePointAt(0)!]!)).join("");
    const found = [...letters.matchAll(WORDS)].map((match): Word => {
      const start = match.index;
      const end = Math.min(start + (match[1] ?? match[0]).length, start + this.table.longest);
      return { word: plain.slice(start, end).join(""), start, end };
    });
    return [plain, found];
  }

  /** A text as words are looked for in it: nothing unseen, NFC, lower case, NFC. */
  private tidy(text: string): string {
    const known: string[] = [];
    let read = 0;
    for (const one of text) {
      if (read++ === this.table.characters) break;
      const letter = this.classes[one.codePointAt(0)!]!;
      if (letter === 32) known.push(" ");
      else if (letter !== 73) known.push(one); // I is taken out
    }
    const composed = [...known.join("").normalize("NFC")].map((one) => {
      const point = one.codePointAt(0)!;
      return String.fromCodePoint(this.lower.get(point) ?? point);
    });
    return composed.join("").normalize("NFC");
  }
}
