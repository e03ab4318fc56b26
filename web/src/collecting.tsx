// How are pictures of classes collected, seen small, and taken away again?
import { signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { stream, useCamera } from "./camera";
import { encoded } from "./picture";
import { Trouble, ask, withToken } from "./server";
import { say, shown, trouble, view } from "./session";
import { type Class, type Taught, type Thumbnail, HEADERS, change, taught, training } from "./teaching";
import { words } from "./words";

const HOLD_MS = 150; // between pictures while the button is held
const BEFORE_HOLD_MS = 400;
const AT_FIRST = 2; // classes that stand ready to be filled

interface Row {
  key: number;
  name: string;
}

const rows = signal<Row[]>([]); // in the order in which the page came to know them
const note = signal(""); // what was just done
let made = 0;
let known = new Set<string>(); // names that the server had when it was last asked

const row = (name: string): Row => ({ key: made++, name });
const find = (name: string): Class | undefined => taught.value?.classes.find((one) => one.name === name);
const plain = (name: string): string => name.trim().replace(/\s+/g, " ");

/** A name that no row has: Class 1, Class 2 ... */
function free(list: Row[]): string {
  let number = 1;
  while (list.some((one) => one.name === words.value.teachClassName(number))) number++;
  return words.value.teachClassName(number);
}

/** Bring the rows in line with the server's classes; rows that it never had stay. */
function align(now: Taught): void {
  const names = new Set(now.classes.map((one) => one.name));
  const next = rows.value.filter((one) => names.has(one.name) || !known.has(one.name));
  for (const name of names) if (!next.some((one) => one.name === name)) next.push(row(name));
  while (made < AT_FIRST && next.length < AT_FIRST) next.push(row(free(next)));
  known = names;
  if (next.length !== rows.value.length || next.some((one, index) => one !== rows.value[index])) rows.value = next;
}

export function Collecting({ now }: { now: Taught }) {
  useEffect(() => align(now), [now]);
  return (
    <section class="card collecting" aria-labelledby="teach-title">
      <h2 id="teach-title">{words.value.teach}</h2>
      <p class="quiet">{words.value.teachIntro} <bdi>{words.value.teachFolder(now.folder)}</bdi></p>
      <ul class="classes">
        {rows.value.map((one) => <ClassRow key={one.key} row={one} of={find(one.name)} />)}
      </ul>
      <div class="controls">
        <button type="button" id="teach-add-class" onClick={() => {
          const added = row(free(rows.value));
          rows.value = [...rows.value, added];
          setTimeout(() => document.getElementById(`class-${added.key}`)?.focus());
        }}>+ {words.value.teachAddClass}</button>
        {now.can_undo && <button type="button" id="teach-undo" class="plain" onClick={() => void undo()}>{words.value.teachUndo}</button>}
        <span class="unseen" role="status" id="teach-note">{note.value}</span>
      </div>
    </section>
  );
}

function ClassRow({ row: { key, name }, of }: { row: Row; of: Class | undefined }) {
  const id = `class-${key}`, files = `files-${key}`;
  const pictures = of?.pictures ?? 0;
  const ready = shown.value !== null && (view.value !== "camera" || stream.value !== null);
  const what = !ready ? words.value.teachCamera : shown.value!.live ? words.value.teachHold : words.value.teachAddShown;
  const act = () => (ready ? add(name).then(() => undefined) : useCamera());
  return (
    <li class="class" data-drops onDrop={(event) => void addFiles(name, event.dataTransfer?.files)}>
      <div class="head">
        <input id={id} class="name" value={name} maxLength={100} autocomplete="off" disabled={training.value} dir="auto"
          aria-label={words.value.teachNameOf(name)} onFocus={(event) => event.currentTarget.select()}
          onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
          onChange={(event) => void rename(key, name, event.currentTarget)} />
        <span class="quiet">{words.value.teachCount(pictures)}</span>
        {pictures === 0 && (
          <button type="button" class="drop" aria-label={words.value.teachDrop(name)} title={words.value.teachDrop(name)}
            onClick={() => void drop(name)}>×</button>
        )}
      </div>
      <div class="controls">
        <button type="button" class="add" aria-label={words.value.teachOf(what, name)}
          onPointerDown={(event) => ready && event.button === 0 && void hold(event.currentTarget, name)}
          onClick={(event) => (!ready || event.detail === 0) && void act()}
          onContextMenu={(event) => event.preventDefault()}>
          {what}
        </button>
        <input class="unseen" type="file" id={files} accept="image/*" multiple aria-label={words.value.teachOf(words.value.teachFiles, name)} onChange={(event) => {
          void addFiles(name, event.currentTarget.files).then(() => undefined);
          event.currentTarget.value = "";
        }} />
        <label class="button" for={files}>{words.value.teachFiles}</label>
      </div>
      {of && of.newest.length > 0 && (
        <ul class="thumbs">
          {of.newest.map((one) => <Small key={`${name}/${one.name}`} of={name} picture={one} />)}
          {pictures > of.newest.length && <li class="quiet more">{words.value.teachMore(pictures - of.newest.length)}</li>}
        </ul>
      )}
    </li>
  );
}

/** A picture as it was collected, with a way to take it away. */
function Small({ of, picture }: { of: string; picture: Thumbnail }) {
  const address = useSignal("");
  useEffect(() => {
    let made = "";
    const gone = new AbortController();
    const query = new URLSearchParams({ class: of, name: picture.name });
    fetch(`v1/teach/pictures?${query}`, { ...withToken(), signal: gone.signal })
      .then((response) => (response.ok ? response.blob() : null))
      .then((blob) => {
        if (blob && !gone.signal.aborted) address.value = made = URL.createObjectURL(blob);
      })
      .catch(() => null); // its place stays grey
    return () => {
      gone.abort();
      if (made) URL.revokeObjectURL(made);
    };
  }, []);
  const remove = words.value.teachRemove(picture.name, of);
  return (
    <li class="thumb">
      {address.value && <img src={address.value} alt="" />}
      {picture.own && (
        <button type="button" aria-label={remove} title={remove}
          onClick={() => void change(`pictures?${new URLSearchParams({ class: of, name: picture.name })}`, { method: "DELETE" }).catch(say)}>×</button>
      )}
    </li>
  );
}

async function rename(key: number, name: string, field: HTMLInputElement): Promise<void> {
  const wanted = plain(field.value);
  field.value = name;
  if (wanted === name) return;
  try {
    if (!wanted) throw new Trouble(words.value.teachNameless);
    const to: Record<string, string> = find(name) ? { name, to: wanted } : { name: wanted };
    const said = await ask<Taught>(`v1/teach/classes?${new URLSearchParams(to)}`, { method: "POST", headers: HEADERS });
    const twin = rows.value.some((one) => one.name === wanted); // it has a row already
    rows.value = twin ? rows.value.filter((one) => one.key !== key) : rows.value.map((one) => (one.key === key ? { key, name: wanted } : one));
    taught.value = said;
    trouble.value = "";
  } catch (error) {
    say(error);
  }
}

async function drop(name: string): Promise<void> {
  try {
    if (find(name)) await change(`classes?${new URLSearchParams({ name })}`, { method: "DELETE" });
    rows.value = rows.value.filter((one) => one.name !== name);
  } catch (error) {
    say(error);
  }
}

async function add(name: string): Promise<boolean> {
  const picture = shown.value;
  if (!picture) return false;
  const body = picture.original ?? (await encoded(picture.canvas, picture.live ? "image/jpeg" : "image/png"));
  return send(name, body, picture.live);
}

async function send(name: string, body: Blob, live = false): Promise<boolean> {
  try {
    await change(`pictures?${new URLSearchParams({ class: name, live: live ? "1" : "0" })}`, { method: "POST", body });
    trouble.value = "";
    note.value = words.value.teachCaught(name, find(name)?.pictures ?? 0);
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
  if (!refused.length) return;
  if (all.length === 1) return say(new Trouble(`${refused[0]}: ${trouble.value}`));
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
