// How is a row asked about? A form of its columns, filled with an example; each change is answered at once.
import { computed, effect, signal } from "@preact/signals";
import { cellsOf, shown } from "./cells";
import { type Example, type Question, examples, put, say, spec } from "./session";
import { type Column, type Spec, columnsOf } from "./specs";
import { number, words } from "./words";

const TYPED_MS = 150; // after the last key, before the model is asked
const MOST_CHOICES = 40; // levels of a category that are chosen from; of more one is typed

const given = signal<Record<string, string>>({});
const sample = signal(0); // the example that the form was filled with; -1 where it was not
const columns = computed(() => (spec.value ? columnsOf(spec.value) : []));
const wrong = computed(() => new Set(columns.value.filter((one) => cellsOf(given.value[one.name] ?? "", one) === null).map((one) => one.name)));

/** The cells of a row and the same for the server; null where a cell is wrong or nothing is there. */
function questionOf(taken: Spec, row: Record<string, string>): Question | null {
  const cells = columnsOf(taken).map((one) => cellsOf(row[one.name] ?? "", one));
  if (cells.includes(null) || cells.flat().every(Number.isNaN)) return null;
  const instance = Object.fromEntries(columnsOf(taken).map(({ name }) => [name, row[name] || null]));
  return { values: Float32Array.from(cells.flat() as number[]), instance };
}

let waiting: ReturnType<typeof setTimeout> | undefined;
function ask(row: Record<string, string>, wait = TYPED_MS): void {
  given.value = row;
  clearTimeout(waiting);
  waiting = setTimeout(() => spec.value && void put(questionOf(spec.value, row)).catch(say), wait);
}

function fill(index: number): void {
  const example = examples.value[index];
  sample.value = example ? index : -1;
  ask(example ? rowOf(example) : {}, 0);
}

function rowOf(example: Example): Record<string, string> {
  const row = example.instance as Record<string, string | number | null>;
  return Object.fromEntries(columns.value.map((one) => [one.name, shown(cellsOf(row[one.name], one) ?? [NaN], one) || other(row[one.name], one)]));
}

/** A level that the vocabulary does not have, as it is. */
const other = (value: string | number | null | undefined, one: Column) => (one.kind === "category" && value !== null && value !== undefined ? String(value) : "");

effect(() => {
  if (spec.value?.meaning === "cell" || spec.value?.meaning === "number") if (examples.value.length) fill(0);
});

export function RowForm() {
  const change = (name: string) => (event: { currentTarget: { value: string } }) => {
    sample.value = -1;
    ask({ ...given.peek(), [name]: event.currentTarget.value });
  };
  const example = examples.value[sample.value];
  const truth = example?.class ?? example?.values?.map(number).join(", ");
  return (
    <section class="card stage" aria-label={words.value.input}>
      <form class="row" onSubmit={(event) => event.preventDefault()}>
        {columns.value.map((one, index) => (
          <div class="field" key={one.name}>
            <label for={`cell-${index}`}><bdi>{one.name}</bdi></label>
            <Field column={one} id={`cell-${index}`} value={given.value[one.name] ?? ""} change={change(one.name)} wrong={wrong.value.has(one.name)} />
            {wrong.value.has(one.name) && <p class="wrong" id={`cell-${index}-wrong`}>{one.kind === "date" ? words.value.noDate : words.value.noNumber}</p>}
          </div>
        ))}
      </form>
      <p class="controls below">
        {examples.value.length > 0 && (
          <button type="button" id="another" onClick={() => fill((sample.value + 1) % examples.value.length)}>{words.value.another}</button>
        )}
        <button type="button" id="empty" onClick={() => { sample.value = -1; ask({}, 0); }}>{words.value.clearForm}</button>
        {truth && <span class="quiet" id="truth">{words.value.truth(spec.value!.target, truth)}</span>}
      </p>
      <p class="quiet hint-left">{words.value.missingHint}</p>
    </section>
  );
}

interface FieldOf {
  column: Column;
  id: string;
  value: string;
  wrong: boolean;
  change: (event: { currentTarget: { value: string } }) => void;
}

function Field({ column, id, value, change, wrong }: FieldOf) {
  const known = column.vocabulary ?? [];
  const about = wrong ? { "aria-invalid": true, "aria-describedby": `${id}-wrong` } : {};
  if (column.kind === "category" && known.length <= MOST_CHOICES) {
    return (
      <select id={id} value={value} onChange={change}>
        <option value="">{words.value.missing}</option>
        {known.map((one) => <option key={one} value={one}>{one}</option>)}
        {value && !known.includes(value) && <option value={value}>{words.value.otherLevel(value)}</option>}
      </select>
    );
  }
  if (column.kind === "category") {
    return (
      <>
        <input id={id} type="text" value={value} list={`${id}-known`} placeholder={words.value.missing} onInput={change} autocomplete="off" />
        <datalist id={`${id}-known`}>{known.slice(0, 2000).map((one) => <option key={one} value={one} />)}</datalist>
      </>
    );
  }
  if (column.kind === "date") {
    return <input id={id} type="text" value={value} placeholder="2024-01-31" onInput={change} autocomplete="off" {...about} />;
  }
  const usual = column.middle ?? 0; // what is as usual is not told: a median of 0
  return (
    <input id={id} type="text" inputMode="decimal" value={value} onInput={change} autocomplete="off"
      placeholder={String(Number(usual.toPrecision(3)))} {...about} />
  );
}
