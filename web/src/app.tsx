// How is the page laid out?
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Answers } from "./answers";
import { CameraView } from "./camera";
import { DrawView } from "./draw";
import { PictureView } from "./files";
import { RowForm } from "./rows";
import { SeriesView, openHistory } from "./series";
import { begin, called, choose, drawable, examples, loading, model, models, page, say, showFile, spec, task, trouble, view, type View } from "./session";
import { type Model, Trouble, token, tokenAsked } from "./server";
import { columnsOf } from "./specs";
import { Teach } from "./teach";
import { TextView } from "./texts";
import { language, languages, speak, type Language, words } from "./words";

export function App() {
  const over = useSignal(false);
  useEffect(() => listen((now) => (over.value = now)), []);
  return (
    <>
      <Header />
      <main class={over.value ? "over" : ""}>
        <h1>{page.value.teach ? words.value.titleTeach : asking()}</h1>
        <TokenForm />
        {trouble.value && <p id="trouble" role="alert" dir="auto">{trouble.value}</p>}
        {page.value.teach ? (
          <Teach stage={<Stage />} answers={model.value && <Answers />} />
        ) : (
          <div class="columns">
            <Stage />
            <Answers />
            {!spec.value && examples.value.length > 0 && <Examples />}
          </div>
        )}
      </main>
      <Footer />
    </>
  );
}

/** What is asked about, by what the model takes; of pictures nothing. */
const forms: Record<string, () => preact.JSX.Element> = { cell: RowForm, number: RowForm, step: SeriesView, word: TextView };

/** The question of the page. */
function asking(): string {
  const taken = spec.value;
  if (!taken) return words.value.title;
  if (taken.meaning === "step") return words.value.titleSeries(taken.target || taken.fields[0]!);
  if (taken.meaning === "word") return words.value.titleText;
  return words.value.titleRow(taken.target);
}

/** What the model is, in a few words. */
function factsOf(chosen: Model): string {
  const taken = spec.value, n = chosen.class_names.length;
  if (!taken) {
    const [height, width, channels] = chosen.input.shape;
    return words.value.facts(n, width, height, channels === 1);
  }
  const classes = task.value === "classes" || task.value === "labels" ? n : 0;
  if (taken.meaning === "step") return words.value.factsSeries(taken.shape[0]!, taken.rhythm?.horizon || n);
  return taken.meaning === "word" ? words.value.factsText(taken.vocabulary.length - 2, classes) : words.value.factsRow(columnsOf(taken).length, classes);
}

function Header() {
  const chosen = model.value;
  return (
    <header>
      <p class="brand">
        <img src="icon.svg" alt="" width="28" height="28" />
        <span>receta</span>
      </p>
      <div class="about">
        {models.value.length > 1 ? (
          <label>
            <span class="unseen">{words.value.model}</span>
            <select id="model" value={chosen?.name} onChange={(event) => {
              const wanted = models.value.find((one) => one.name === event.currentTarget.value);
              if (wanted) void choose(wanted).catch(say);
            }}>
              {models.value.map((one) => <option key={one.name} value={one.name}>{called(one)}</option>)}
            </select>
          </label>
        ) : (
          <bdi id="model-name">{chosen ? called(chosen) : loading.value ? "" : words.value.noModel}</bdi>
        )}
        {chosen && <span id="model-facts" class="quiet">{factsOf(chosen)}</span>}
      </div>
      <label class="language">
        <span class="unseen">{words.value.language}</span>
        <select id="language" value={language.value} onChange={(event) => speak(event.currentTarget.value as Language)}>
          {languages.map(([tag, name]) => <option key={tag} value={tag} lang={tag}>{name}</option>)}
        </select>
      </label>
    </header>
  );
}

function TokenForm() {
  if (!tokenAsked.value) return null;
  return (
    <form id="token-field" onSubmit={(event) => {
      event.preventDefault();
      token.value = new FormData(event.currentTarget).get("token") as string;
      void begin();
    }}>
      <input name="username" autocomplete="username" value="receta" hidden />
      <label for="token">{words.value.token}</label>
      <input id="token" name="token" type="password" autocomplete="current-password" required autofocus />
      <button class="main">{words.value.tokenUse}</button>
    </form>
  );
}

const views: [View, () => preact.JSX.Element][] = [["camera", CameraView], ["picture", PictureView], ["draw", DrawView]];

function Stage() {
  const Form = spec.value && forms[spec.value.meaning];
  return Form ? <Form /> : <Looking />;
}

/** Where pictures are shown to the model. */
function Looking() {
  const shown = views.filter(([name]) => name !== "draw" || drawable.value);
  const turn = (event: KeyboardEvent, index: number) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = shown[(index + step + shown.length) % shown.length]![0];
    view.value = next;
    document.getElementById(`tab-${next}`)?.focus();
  };
  const Shown = shown.find(([name]) => name === view.value)?.[1] ?? PictureView;
  return (
    <section class="card stage" aria-label={words.value.input}>
      <div role="tablist" class="tabs" aria-label={words.value.input}>
        {shown.map(([name], index) => (
          <button key={name} id={`tab-${name}`} role="tab" type="button" aria-selected={view.value === name} aria-controls="panel"
            tabIndex={view.value === name ? 0 : -1} onClick={() => (view.value = name)} onKeyDown={(event) => turn(event, index)}>
            {words.value[name]}
          </button>
        ))}
      </div>
      <div id="panel" role="tabpanel" aria-labelledby={`tab-${view.value}`}>
        <Shown />
      </div>
    </section>
  );
}

function Examples() {
  return (
    <section class="card examples" aria-labelledby="examples-title">
      <h2 id="examples-title">{words.value.examples}</h2>
      <ul>
        {examples.value.map((one, index) => (
          <li key={index}>
            <button type="button" aria-label={words.value.example(one.class)} title={one.class} onClick={async () => {
              view.value = "picture";
              await showFile(await fromData(one.picture!), one.class || words.value.picture);
            }}>
              <img src={one.picture} alt="" loading="lazy" />
              <bdi>{one.class}</bdi>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The file in a data: URI; the page may fetch from its own host only. */
async function fromData(address: string): Promise<Blob> {
  const [head, body] = address.split(",", 2) as [string, string];
  const bytes = Uint8Array.from(atob(body), (one) => one.charCodeAt(0));
  return new Blob([bytes], { type: head.slice(5).split(";")[0]! });
}

function Footer() {
  return (
    <footer>
      <p>{page.value.teach ? words.value.keepsAdded : spec.value ? words.value.keepsNothing : words.value.keepsNone} {!page.value.server && words.value.offline}</p>
      <a href="licences.txt">{words.value.licences}</a>
    </footer>
  );
}

/** Pictures may be dropped and pasted anywhere on the page. */
function listen(over: (now: boolean) => void): () => void {
  const take = (files: FileList | undefined) => {
    const file = files?.[0];
    if (file && spec.value?.meaning === "step") return openHistory(file);
    if (spec.value) return;
    if (!file) return say(new Trouble(words.value.noFile));
    view.value = "picture";
    void showFile(file, file.name);
  };
  const heard = new AbortController();
  const on = <Kind extends keyof DocumentEventMap>(kind: Kind, act: (event: DocumentEventMap[Kind]) => void) =>
    document.addEventListener(kind, act, { signal: heard.signal });
  on("paste", (event) => event.clipboardData?.files.length && take(event.clipboardData.files));
  on("dragover", (event) => { event.preventDefault(); over(true); });
  on("dragleave", (event) => !event.relatedTarget && over(false));
  on("drop", (event) => {
    event.preventDefault();
    over(false);
    if (!(event.target as Element).closest?.("[data-drops]")) take(event.dataTransfer?.files);
  });
  return () => heard.abort();
}
