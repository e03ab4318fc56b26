// How is a history asked about? Pasted or from a file; what comes next is drawn behind it, with its bands.
import { computed, effect, signal } from "@preact/signals";
import { Chart } from "./chart";
import { type History, historyOf, namesAhead, windowOf } from "./history";
import { answer, examples, model, put, say, spec } from "./session";
import { Trouble } from "./server";
import { type Step, stepsOf } from "./told";
import { language, words } from "./words";

const TYPED_MS = 250; // after the last key, before the model is asked
const MOST_BYTES = 5_000_000; // of a file

const text = signal("");
const sample = signal(-1);
const read = computed(() => (spec.value?.meaning === "step" ? historyOf(text.value, spec.value) : "empty"));
export const history = computed<History | null>(() => (typeof read.value === "string" ? null : read.value));
/** The forecast of what is shown. */
export const steps = computed<Step[]>(() => (answer.value && model.value && history.value ? stepsOf(model.value, answer.value.probabilities) : []));
export const ahead = computed(() => (history.value && spec.value ? namesAhead(history.value, spec.value, steps.value.length) : []));

let waiting: ReturnType<typeof setTimeout> | undefined;
function ask(given: string, wait = TYPED_MS): void {
  text.value = given;
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    const taken = spec.value, values = history.value && taken ? windowOf(history.value, taken) : null;
    const [size, channels] = (taken?.shape ?? [0, 0]) as [number, number];
    const plain = (value: number) => (Number.isNaN(value) ? null : value);
    const instance = values && Array.from({ length: size }, (_, step) => [...values.subarray(step * channels, (step + 1) * channels)].map(plain));
    void put(values && !values.every(Number.isNaN) ? { values, instance } : null).catch(say);
  }, wait);
}

function fill(index: number): void {
  sample.value = index;
  const rows = examples.value[index]!.instance as (number | null)[][];
  const line = (row: (number | null)[]) => row.map((one) => (one === null ? "" : String(Number(one.toPrecision(7))))).join(",");
  ask([spec.value!.fields.map((name) => (/[",\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name)).join(","), ...rows.map(line)].join("\n"), 0);
}

async function open(file: File): Promise<void> {
  if (file.size > MOST_BYTES) throw new Trouble(words.value.tooLarge(file.name, (file.size / 1e6).toFixed(1), MOST_BYTES / 1e6));
  sample.value = -1;
  ask(await file.text(), 0);
}
/** A file that was dropped on the page. */
export const openHistory = (file: File) => void open(file).catch(say);

effect(() => {
  if (spec.value?.meaning === "step" && examples.value.length) fill(0);
});

export function SeriesView() {
  const [size] = spec.value!.shape as [number];
  const n = history.value?.channels[0]!.length ?? 0;
  const example = examples.value[sample.value];
  const short = n > 0 && n < size;
  const why = text.value.trim() && typeof read.value === "string" ? words.value.history[read.value] : short ? words.value.tooShort(n, size) : "";
  return (
    <section class="card stage series" aria-label={words.value.input}>
      <Chart history={history.value} steps={steps.value} truth={example?.ahead ?? example?.values ?? []} names={ahead.value} field={spec.value!.fields[0]!} size={size} />
      <div class="field">
        <label for="history">{words.value.historyOf(spec.value!.fields, size)}</label>
        <textarea id="history" rows={7} spellcheck={false} value={text.value} aria-describedby="history-facts"
          onInput={(event) => { sample.value = -1; ask(event.currentTarget.value); }} />
      </div>
      <p class={why ? "wrong" : "quiet"} id="history-facts" role="status">{why || words.value.historySays(n, size)}</p>
      <p class="controls below">
        <input id="file" class="unseen" type="file" accept=".csv,.tsv,.txt,text/csv,text/plain" onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          if (file) void open(file).catch(say);
          event.currentTarget.value = "";
        }} />
        <label class="button" for="file">{words.value.chooseHistory}</label>
        {examples.value.length > 0 && (
          <button type="button" id="another" onClick={() => fill((sample.value + 1) % examples.value.length)}>{words.value.another}</button>
        )}
      </p>
    </section>
  );
}

/** The forecast as a table, for who cannot see the chart and for who wants the numbers. */
export function ForecastTable() {
  const said = (value: number) => value.toLocaleString(language.value, { maximumSignificantDigits: 5 });
  const levels = steps.value[0]?.bounds.map((one) => one.level) ?? [];
  return (
    <div class="scrolling" tabIndex={0} role="region" aria-label={words.value.forecast}>
      <table id="forecast">
        <thead>
          <tr><th scope="col">{words.value.step}</th><th scope="col">{words.value.forecast}</th>
            {[...levels].reverse().map((level) => <th key={level} scope="col">{words.value.between(level)}</th>)}</tr>
        </thead>
        <tbody>
          {steps.value.map((one, index) => (
            <tr key={index}>
              <th scope="row">{ahead.value[index]}</th><td>{said(one.yhat)}</td>
              {[...one.bounds].reverse().map(({ level, low, high }) => <td key={level}>{said(low)}&nbsp;… {said(high)}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
