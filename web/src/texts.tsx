// How is a text asked about? A box to type in, and below it the words as the model reads them, the unknown ones marked.
import { computed, effect, signal } from "@preact/signals";
import table from "../../receta/data/words.json" with { type: "json" };
import { type Question, examples, put, say, spec } from "./session";
import type { Spec } from "./specs";
import { number, words } from "./words";
import { Words } from "./words_of_texts";

const TYPED_MS = 150; // after the last key, before the model is asked
const MOST_SHOWN = 400; // words

const text = signal("");
const sample = signal(-1);
const rule = computed(() => new Words(table as unknown as ConstructorParameters<typeof Words>[0]));
const numbers = computed(() => new Map(spec.value?.vocabulary.map((word, number) => [word, number])));
const found = computed(() => rule.value.find(text.value));
const unknown = computed(() => found.value.filter((word) => !numbers.value.has(word)).length);

/** The numbers of the words of a text, 1 for an unknown one, 0 behind the last; null for no word at all. */
function questionOf(taken: Spec): Question | null {
  const values = new Int32Array(taken.shape[0]!);
  found.value.slice(0, values.length).forEach((word, at) => (values[at] = numbers.value.get(word) ?? 1));
  return found.value.length ? { values, instance: text.value } : null;
}

let waiting: ReturnType<typeof setTimeout> | undefined;
function ask(given: string, wait = TYPED_MS): void {
  text.value = given;
  clearTimeout(waiting);
  waiting = setTimeout(() => spec.value && void put(questionOf(spec.value)).catch(say), wait);
}

function fill(index: number): void {
  sample.value = index;
  ask(String(examples.value[index]!.instance), 0);
}

effect(() => {
  if (spec.value?.meaning === "word" && examples.value.length) fill(0);
});

export function TextView() {
  const known = numbers.value, shown = found.value.slice(0, MOST_SHOWN), read = spec.value!.shape[0]!;
  const example = examples.value[sample.value];
  const truth = example?.class ?? example?.values?.map(number).join(", ");
  return (
    <section class="card stage" aria-label={words.value.input}>
      <div class="field">
        <label for="text">{words.value.text}</label>
        <textarea id="text" rows={6} value={text.value} dir="auto" aria-describedby="text-facts"
          onInput={(event) => { sample.value = -1; ask(event.currentTarget.value); }} />
      </div>
      <p class="controls below">
        {examples.value.length > 0 && (
          <button type="button" id="another" onClick={() => fill((sample.value + 1) % examples.value.length)}>{words.value.another}</button>
        )}
        <button type="button" id="empty" onClick={() => { sample.value = -1; ask("", 0); }}>{words.value.clearForm}</button>
        {truth && <span class="quiet" id="truth">{words.value.truth(spec.value!.target, truth)}</span>}
      </p>
      <p class="quiet" id="text-facts" role="status">{words.value.wordsFound(found.value.length, unknown.value, read)}</p>
      {shown.length > 0 && (
        <p class="tokens" id="tokens" dir="auto">
          {shown.map((word, index) => {
            const kind = index >= read ? "cut" : known.has(word) ? "" : "unknown";
            return (
              <>
                {kind === "unknown" ? <mark key={index} title={words.value.unknownWord}>{word}<span class="unseen"> ({words.value.unknownWord})</span></mark>
                  : <span key={index} class={kind}>{word}</span>}{" "}
              </>
            );
          })}
          {found.value.length > shown.length && "…"}
        </p>
      )}
    </section>
  );
}
