// How does the page collect pictures, have a network trained on them, and take it into use?
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { encoded } from "./picture";
import { Trouble, ask } from "./server";
import { begin, page, say, shown, trouble } from "./session";
import { percent, words } from "./words";

const EVERY_MS = 1000; // news of a training
const HOLD_MS = 150; // between pictures while the button is held
const BEFORE_HOLD_MS = 400;
const MINUTES = [1, 3, 10, 30];

interface Taught {
  folder: string;
  classes: { name: string; pictures: number }[];
  can_undo: boolean;
  enough: boolean;
  varied: boolean; // whether whole takes can be set aside for the test
  training: null | {
    state: "running" | "finishing" | "done" | "failed" | "stopped";
    seconds: number;
    says: string[];
    reason: string | null; // one line, of a failure
    accuracy: number | null; // on n pictures of the test, with its interval
    n: number | null;
    interval: [number, number] | null;
    model: string | null;
  };
}

const taught = signal<Taught | null>(null);
const note = signal(""); // what was just done
const budget = signal(3);
const HEADERS = { "X-Receta": "teach" }; // pages of other hosts cannot send it

const change = async (path: string, options: { method: string; body?: BodyInit }) => {
  taught.value = await ask<Taught>(`v1/teach/${path}`, { ...options, headers: HEADERS });
};
const at = () => taught.value?.training?.state;
const training = () => at() === "running" || at() === "finishing";

export function Teach() {
  useEffect(() => {
    const timer = setInterval(() => training() && void news(), EVERY_MS);
    void news();
    return () => clearInterval(timer);
  }, [page.value]);
  const now = taught.value;
  if (!now) return null;
  return (
    <section class="card teach" aria-labelledby="teach-title">
      <h2 id="teach-title">{words.value.teach}</h2>
      <p>{words.value.teachIntro} <span class="quiet">{words.value.teachFolder(now.folder)}</span></p>
      <ul class="classes">
        {now.classes.map((one) => <Row key={one.name} name={one.name} pictures={one.pictures} />)}
      </ul>
      <form class="controls" onSubmit={(event) => {
        event.preventDefault();
        const form = event.currentTarget;
        const name = (new FormData(form).get("name") as string).trim();
        if (name) void change(`classes?${new URLSearchParams({ name })}`, { method: "POST" }).then(() => {
          trouble.value = "";
          form.reset();
        }).catch(say);
      }}>
        <label for="new-class">{words.value.teachClass}</label>
        <input id="new-class" name="name" maxLength={100} autocomplete="off" required />
        <button>{words.value.teachAddClass}</button>
        <button type="button" id="teach-undo" disabled={!now.can_undo} onClick={() => void undo()}>{words.value.teachUndo}</button>
      </form>
      <p class="quiet" role="status" id="teach-note">{note.value}</p>
      <Training now={now} />
    </section>
  );
}

function Row({ name, pictures }: { name: string; pictures: number }) {
  const id = `files-${encodeURIComponent(name)}`;
  return (
    <li data-drops onDrop={(event) => void addFiles(name, event.dataTransfer?.files)}>
      <bdi class="name">{name}</bdi>
      <span class="quiet">
        {words.value.teachCount(pictures)}
        {pictures === 0 && (
          <button type="button" class="drop" aria-label={words.value.teachDrop(name)} title={words.value.teachDrop(name)}
            onClick={() => void change(`classes?${new URLSearchParams({ name })}`, { method: "DELETE" }).catch(say)}>×</button>
        )}
      </span>
      <button type="button" class="add" aria-label={words.value.teachAdd(name)} title={words.value.teachHold}
        onPointerDown={(event) => hold(event.currentTarget, name)} onClick={(event) => event.detail === 0 && void add(name)}>
        {words.value.teachHold}
      </button>
      <input class="unseen" type="file" id={id} accept="image/*" multiple aria-label={words.value.teachFilesOf(name)} onChange={(event) => {
        void addFiles(name, event.currentTarget.files).then(() => undefined);
        event.currentTarget.value = "";
      }} />
      <label class="button" for={id}>{words.value.teachFiles}</label>
    </li>
  );
}

function Training({ now }: { now: Taught }) {
  const run = now.training;
  return (
    <div class="training">
      <div class="controls">
        <label>
          <span>{words.value.teachTime}</span>{" "}
          <select id="budget" value={budget.value} disabled={training()} onChange={(event) => (budget.value = Number(event.currentTarget.value))}>
            {MINUTES.map((minutes) => <option key={minutes} value={minutes}>{words.value.minutes(minutes)}</option>)}
          </select>
        </label>
        {training()
          ? <button type="button" id="teach-stop" onClick={() => void change("training", { method: "DELETE" }).catch(say)}>{words.value.teachStop}</button>
          : <button type="button" id="teach-train" class="main" disabled={!now.enough} onClick={() => void train()}>{words.value.teachTrain}</button>}
        {!now.enough && <span class="quiet">{words.value.teachNeeds}</span>}
      </div>
      {now.enough && !now.varied && <p class="quiet">{words.value.teachVary}</p>}
      {run && (
        <>
          {training() && <progress max={budget.value * 60} value={Math.min(run.seconds, budget.value * 60)} aria-label={words.value.teachTrain} />}
          <p id="teach-state" role="status" class={run.state === "failed" ? "failed" : ""}>
            {run.state === "running" && words.value.teachRunning(Math.round(run.seconds))}
            {run.state === "finishing" && words.value.teachFinishing}
            {run.state === "done" && (run.accuracy === null || run.interval === null
              ? words.value.teachDoneUntested
              : words.value.teachDone(percent(run.accuracy), run.n ?? 0, percent(run.interval[0]), percent(run.interval[1])))}
            {run.state === "stopped" && words.value.teachStopped}
            {run.state === "failed" && <>{words.value.teachFailed} <span lang="en">{run.reason}</span></>}
          </p>
          {run.says.length > 0 && (
            <details open={training()}>
              <summary>{words.value.teachLog}</summary>
              <pre lang="en" tabIndex={0} ref={(place) => place?.scrollTo(0, place.scrollHeight)}>{run.says.join("\n")}</pre>
            </details>
          )}
        </>
      )}
    </div>
  );
}

/** What is going on; a model that is new is taken into use. */
async function news(): Promise<void> {
  const before = at();
  try {
    taught.value = await ask<Taught>("v1/teach");
  } catch (error) {
    return say(error);
  }
  const run = taught.value.training;
  if (run?.state === "done" && run.model && (before === "running" || before === "finishing")) await begin(run.model);
}

async function add(name: string): Promise<boolean> {
  const picture = shown.value;
  if (!picture) {
    say(new Trouble(words.value.teachNothing));
    return false;
  }
  const body = picture.original ?? (await encoded(picture.canvas, picture.live ? "image/jpeg" : "image/png"));
  return send(name, body, picture.live);
}

async function send(name: string, body: Blob, live = false): Promise<boolean> {
  try {
    await change(`pictures?${new URLSearchParams({ class: name, live: live ? "1" : "0" })}`, { method: "POST", body });
    trouble.value = "";
    note.value = words.value.teachCaught(name, taught.value?.classes.find((one) => one.name === name)?.pictures ?? 0);
    return true;
  } catch (error) {
    say(error);
    return false;
  }
}

/** All files that can be read; the others are named, and the next ones still come. */
async function addFiles(name: string, files: FileList | null | undefined): Promise<void> {
  const all = [...(files ?? [])], refused: string[] = [];
  for (const file of all) if (!(await send(name, file))) refused.push(file.name);
  if (!refused.length || all.length === 1) return;
  const shown = refused.slice(0, 5).join(", ") + (refused.length > 5 ? " …" : "");
  say(new Trouble(words.value.teachSome(all.length - refused.length, all.length, name, shown)));
}

/** One picture at once, and more while the button is held before a camera. */
async function hold(button: HTMLElement, name: string): Promise<void> {
  let held = true;
  const end = () => (held = false);
  for (const kind of ["pointerup", "pointercancel"]) document.addEventListener(kind, end, { once: true });
  button.classList.add("held");
  let good = await add(name);
  await wait(BEFORE_HOLD_MS);
  while (held && good && shown.value?.live) {
    good = await add(name);
    await wait(HOLD_MS);
  }
  button.classList.remove("held");
}

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function undo(): Promise<void> {
  try {
    const said = await ask<Taught & { undone: string }>("v1/teach/pictures", { method: "DELETE", headers: HEADERS });
    taught.value = said;
    note.value = words.value.teachUndone(said.undone);
  } catch (error) {
    say(error);
  }
}

async function train(): Promise<void> {
  note.value = "";
  await change(`training?${new URLSearchParams({ minutes: String(budget.value) })}`, { method: "POST" }).catch(say);
}
