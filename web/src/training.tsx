// How is a training begun and watched, and how good is what came of it?
import { signal } from "@preact/signals";
import { token, withToken } from "./server";
import { say } from "./session";
import { type Result, type Taught, change, training } from "./teaching";
import { percent, words } from "./words";

const MINUTES = [1, 3, 10, 30];
const FEW = 30; // test pictures, as in receta/evaluation/usefulness.py
const budget = signal(3);

/** Always in view: what is missing or going on, and the button. */
export function TrainBar({ now }: { now: Taught }) {
  const run = now.training;
  return (
    <section class="trainbar" aria-label={words.value.teachTrain}>
      <p class="quiet" role="status">
        {training.value && run
          ? `${words.value.teachRunning}: ${words.value.teachAbout(clock(run.seconds), clock(run.budget))}`
          : !now.enough ? words.value.teachNeeds : now.varied ? words.value.teachReady : words.value.teachVary}
      </p>
      <div class="controls">
        {!training.value && (
          <label>
            <span class="unseen">{words.value.teachTime}</span>
            <select id="budget" title={words.value.teachTime} value={budget.value} onChange={(event) => (budget.value = Number(event.currentTarget.value))}>
              {MINUTES.map((minutes) => <option key={minutes} value={minutes}>{words.value.minutes(minutes)}</option>)}
            </select>
          </label>
        )}
        {training.value
          ? <button type="button" id="teach-stop" onClick={() => void change("training", { method: "DELETE" }).catch(say)}>{words.value.teachStop}</button>
          : <button type="button" id="teach-train" class="main" disabled={!now.enough} onClick={() => void train()}>{words.value.teachTrain}</button>}
      </div>
      {training.value && run && <progress max={run.budget} value={run.state === "finishing" || run.seconds > run.budget ? undefined : run.seconds} aria-label={words.value.teachRunning} />}
    </section>
  );
}

/** What a training came to: its steps, why it failed, or how good the network is. */
export function Outcome({ now }: { now: Taught }) {
  const run = now.training;
  const at = words.value.teachSteps.findIndex(([state]) => state === run?.state);
  return (
    <section class="card outcome" aria-labelledby="outcome-title" id="teach-state">
      <h2 id="outcome-title">{training.value ? words.value.teachRunning : words.value.teachResult}</h2>
      {training.value && (
        <ol class="steps">
          {words.value.teachSteps.map(([state, said], index) => (
            <li key={state} class={index < at ? "past" : ""} aria-current={index === at ? "step" : undefined}>{said}</li>
          ))}
        </ol>
      )}
      {run?.state === "stopped" && <p role="status">{words.value.teachStopped}</p>}
      {run?.state === "failed" && <p class="failed" role="alert">{words.value.teachFailed} {words.value.teachSaid} <span lang="en">{run.reason}</span></p>}
      {!training.value && now.result && <Judged result={now.result} fresh={run?.state === "done"} />}
      {run && run.says.length > 0 && (
        <details>
          <summary>{words.value.teachLog}</summary>
          <pre lang="en" tabIndex={0} ref={(place) => place?.scrollTo(0, place.scrollHeight)}>{run.says.join("\n")}</pre>
        </details>
      )}
    </section>
  );
}

function Judged({ result, fresh }: { result: Result; fresh: boolean }) {
  const { accuracy, interval, word } = result;
  const n = result.n ?? 0;
  const tested = accuracy !== null && interval !== null;
  const why = words.value.verdictWhy[word] ?? (tested && n < FEW ? words.value.verdictFew(n) : "");
  return (
    <div class="judged" role="status">
      <p class={`word ${word === "good for use" ? "good" : word === "promising" ? "" : "doubtful"}`}>{words.value.verdicts[word] ?? word}</p>
      <p>{tested ? words.value.teachDone(Math.round(accuracy * n), n, percent(interval[0]), bound(interval[1])) : words.value.teachDoneUntested} {why}</p>
      {fresh && <p>{words.value.teachTry}</p>}
      <p class="controls">
        <a class="button" id="teach-report" href="v1/teach/report" target="_blank" rel="noopener" onClick={(event) => withoutToken(event, "report.html")}>
          {words.value.teachReport}
        </a>
        <a class="button" id="teach-download" href="v1/teach/model.zip" download onClick={(event) => withoutToken(event, `${result.model}.zip`)}>
          {words.value.teachDownload}
        </a>
      </p>
    </div>
  );
}

/** A link bears no token: where one is needed, the page fetches the file and hands it over to be kept. */
function withoutToken(event: MouseEvent, name: string): void {
  if (!token.value) return;
  event.preventDefault();
  const { href } = event.currentTarget as HTMLAnchorElement;
  void fetch(href, withToken()).then((response) => response.blob()).then((blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }).catch(say);
}

/** The upper end of an interval, which may well be all. */
const bound = (share: number) => (share === 1 ? `100\u00a0%` : percent(share));

const clock = (seconds: number) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

async function train(): Promise<void> {
  await change(`training?${new URLSearchParams({ minutes: String(budget.value) })}`, { method: "POST" }).catch(say);
  document.getElementById("teach-state")?.scrollIntoView({ block: "nearest" });
}
