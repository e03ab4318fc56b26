// How is an answer shown: its name, bars that move, and where it was worked out?
import { computed, effect, signal } from "@preact/signals";
import { type Backend, backendNames } from "./engine";
import { type Saliency, explain } from "./saliency";
import { ForecastTable, ahead, steps } from "./series";
import { answer, backend, best, busy, gap, inBrowser, loading, model, onServer, page, poor, rate, runAt, say, shown, spec, task, useBackend, where,
  type Where } from "./session";
import { valuesOf } from "./told";
import { language, number, percent, words } from "./words";

const MOST = 5; // classes that are shown
const QUIET_MS = 900; // an answer is read aloud when it has stood that long

const saliency = signal<{ of: HTMLCanvasElement; said: Saliency | null } | null>(null);
/** What lies over the picture, where it was asked for. */
export const overlaid = computed(() => {
  const now = saliency.value;
  return now && now.of === shown.value?.canvas && !shown.value.live ? (now.said?.overlay ?? null) : null;
});

const values = computed(() => (answer.value && model.value ? valuesOf(model.value, answer.value.probabilities) : []));

const spoken = signal("");
let waiting: ReturnType<typeof setTimeout> | undefined;
const toSay = computed(() => {
  if (answer.value && task.value === "values") return values.value.map(({ name, value }) => `${name}: ${number(value)}`).join(", ");
  if (answer.value && task.value === "quantiles") return steps.value[0] ? `${words.value.forecast}: ${number(steps.value[0].yhat)}` : "";
  const said = best.value;
  if (!said) return "";
  if (said.none) return words.value.none;
  return words.value.spoken(said.name, shown.value?.live ? "" : percent(said.share), said.sure).replace(", ,", ",").replace(/, $/, "");
});
effect(() => {
  const text = toSay.value;
  clearTimeout(waiting);
  waiting = setTimeout(() => (spoken.value = text), QUIET_MS);
});

/** What is shown of an answer, by what was learnt. */
const shownOf = { classes: ClassAnswer, labels: ClassAnswer, values: ValueAnswer, quantiles: ForecastAnswer };

export function Answers() {
  const Said = spec.value?.meaning === "step" ? ForecastAnswer : shownOf[task.value];
  return (
    <section class="card answer" aria-label={words.value.answer} aria-busy={busy.value && !shown.value?.live} id="result">
      <p class="unseen" aria-live="polite" id="spoken">{spoken.value}</p>
      {poor.value && <p class="poor" id="poor">{words.value.poor}</p>}
      {answer.value ? <Said /> : <p class="waiting quiet">{loading.value ? words.value.loading : spec.value ? words.value.waitingForm : words.value.waiting}</p>}
      <Places />
    </section>
  );
}

function ClassAnswer() {
  const said = best.value;
  if (!said) return null;
  return (
    <>
      <p id="verdict" class={said.none ? "none" : said.sure ? "" : "unsure"}>
        {spec.value?.target && <span class="quiet of" dir="auto">{spec.value.target}</span>}
        <bdi>{said.none ? words.value.none : said.name}</bdi>
        <small>{said.none ? words.value.nearest(said.name) : said.sure ? words.value.probable(percent(said.share)) : words.value.notSure(percent(said.share))}</small>
      </p>
      <Bars />
      {!spec.value && <Mattered />}
    </>
  );
}

function ValueAnswer() {
  const [first, ...others] = values.value;
  if (!first) return null;
  return (
    <>
      <p id="verdict">
        <span class="quiet of"><bdi>{first.name}</bdi></span>
        <bdi>{number(first.value)}</bdi>
        {first.low !== undefined && <small>{words.value.lies(number(first.low), number(first.high!), 80)}</small>}
      </p>
      {others.length > 0 && (
        <table id="values">
          <tbody>
            {others.map(({ name, value, low, high }) => (
              <tr key={name}><th scope="row"><bdi>{name}</bdi></th><td>{number(value)}</td>{low !== undefined && <td>{number(low)}&nbsp;… {number(high!)}</td>}</tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function ForecastAnswer() {
  const first = steps.value[0];
  if (!first) return null;
  const bound = first.bounds.find((one) => one.level === 80);
  return (
    <>
      <p id="verdict">
        <span class="quiet of">{words.value.next(ahead.value[0]!)}</span>
        <bdi>{number(first.yhat)}</bdi>
        {bound && <small>{words.value.lies(number(bound.low), number(bound.high), 80)}</small>}
      </p>
      <ForecastTable />
    </>
  );
}

function Bars() {
  const probabilities = answer.value!.probabilities;
  const names = model.value!.class_names;
  const ranked = [...probabilities.keys()].sort((one, other) => probabilities[other]! - probabilities[one]!).slice(0, MOST);
  const threshold = model.value!.sure_from;
  return (
    <>
      <div class="bars" aria-hidden="true" ref={(place) => place?.style.setProperty("--rows", String(ranked.length))}>
        {[...ranked].sort((one, other) => one - other).map((index) => (
          <div key={index} class={`bar ${ranked[0] === index ? "first" : ""}`}
            ref={(row) => row?.style.setProperty("--rank", String(ranked.indexOf(index)))}>
            <bdi class="name">{names[index]}</bdi>
            <span class="share">{percent(probabilities[index]!)}</span>
            <div class="track">
              <div ref={(filled) => filled?.style.setProperty("--share", String(probabilities[index]!))} />
              {ranked[0] === index && threshold < 1 && <i ref={(mark) => mark?.style.setProperty("--share", String(threshold))} />}
            </div>
          </div>
        ))}
      </div>
      <ol class="unseen" id="classes" aria-label={words.value.all}>
        {ranked.map((index) => <li key={index}><bdi>{names[index]}</bdi> <span>{percent(probabilities[index]!)}</span></li>)}
      </ol>
      {names.length > MOST && <p class="quiet more">{words.value.others(names.length - MOST)}</p>}
    </>
  );
}

function Mattered() {
  const picture = shown.value;
  const now = saliency.value;
  const fresh = now && picture && now.of === picture.canvas && !picture.live ? now : null;
  const working = fresh !== null && fresh.said === null;
  const ask = async () => {
    if (fresh && !working) return void (saliency.value = null);
    if (!picture || picture.live) return;
    saliency.value = { of: picture.canvas, said: null };
    try {
      const said = await explain(picture, () => shown.value?.canvas === picture.canvas && saliency.value?.of === picture.canvas);
      if (saliency.value?.of === picture.canvas) saliency.value = said && { of: picture.canvas, said };
    } catch (error) {
      saliency.value = null;
      say(error);
    }
  };
  const result = fresh?.said;
  return (
    <div class="mattered">
      <button type="button" id="mattered" aria-pressed={fresh !== null} disabled={!picture || picture.live || working} onClick={() => void ask()}>
        {words.value.saliency}
      </button>
      <p class="quiet" role="status">
        {working && words.value.saliencyWorking}
        {result && (result.before - result.after < 0.01
          ? words.value.saliencyNothing(result.name)
          : words.value.saliencySays(words.value.places[result.place[0]]![result.place[1]]!, result.name, percent(result.before), percent(result.after)))}
      </p>
    </div>
  );
}

/** Where the model runs, how quickly, and how far two places differ. */
function Places() {
  const choices: [Where, string][] = page.value.server && backend.value
    ? [["browser", words.value.browser], ["server", words.value.server], ["both", words.value.both]] : [];
  const ms = (value: number) => words.value.time(value.toLocaleString(language.value, { maximumFractionDigits: value < 10 ? 1 : 0 }));
  const facts = [
    inBrowser.value && backend.value && `${words.value.browser}: ${ms(inBrowser.value.milliseconds)}`,
    onServer.value && `${words.value.server}: ${ms(onServer.value.milliseconds)}`,
    shown.value?.live && rate.value > 0 && words.value.frames(rate.value.toLocaleString(language.value, { maximumFractionDigits: 0 })),
  ].filter(Boolean);
  const jpeg = shown.value?.original && /jpe?g/.test(shown.value.original.type);
  if (!choices.length && !backend.value && !facts.length) return null;
  return (
    <details class="places" id="details">
      <summary>{words.value.details}</summary>
      <div>
      {choices.length > 0 && (
        <fieldset id="where">
          <legend>{words.value.where}</legend>
          {choices.map(([name, said]) => (
            <label key={name}>
              <input type="radio" name="where" value={name} checked={where.value === name} onChange={() => void runAt(name)} />
              <span>{said}</span>
            </label>
          ))}
        </fieldset>
      )}
      {backend.value && where.value !== "server" && (
        <label class="engine">
          <span>{words.value.backend}</span>
          <select id="backend" value={backend.value} onChange={(event) => void useBackend(event.currentTarget.value as Backend).catch(say)}>
            {(Object.entries(backendNames) as [Backend, string][]).map(([name, said]) => <option key={name} value={name}>{said}</option>)}
          </select>
        </label>
      )}
      {facts.length > 0 && <p class="quiet facts" id="facts">{facts.map((fact) => <span key={fact}>{fact}</span>)}</p>}
      {where.value === "both" && gap.value !== null && (
        <div id="gap">
          <p>{words.value.difference(small(gap.value))}</p>
          <Compared />
          {!spec.value && <p class="quiet">{jpeg ? words.value.whyDifferent : words.value.sameSteps}</p>}
        </div>
      )}
      </div>
    </details>
  );
}

/** A difference of probabilities; what float32 cannot tell apart is no more than that. */
function small(gap: number): string {
  const said = (value: number) => value.toLocaleString(language.value, { maximumSignificantDigits: 2 });
  return gap < 1e-6 ? `<\u00a0${said(1e-6)}` : said(gap);
}

function Compared() {
  const [ours, theirs] = [inBrowser.value!.probabilities, onServer.value!.probabilities];
  const shares = task.value === "classes" || task.value === "labels", said = shares ? percent : number;
  const ranked = shares ? [...ours.keys()].sort((one, other) => ours[other]! - ours[one]!).slice(0, 3) : [...ours.keys()].slice(0, 3);
  return (
    <table>
      <thead><tr><td /><th scope="col">{words.value.browser}</th><th scope="col">{words.value.server}</th></tr></thead>
      <tbody>
        {ranked.map((index) => (
          <tr key={index}>
            <th scope="row"><bdi>{model.value!.class_names[index]}</bdi></th>
            <td>{said(ours[index]!)}</td>
            <td>{said(theirs[index]!)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
