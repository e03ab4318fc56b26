// How are digits and letters drawn, in ink, paper and size as the model knows them?
import { computed, effect, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { overlaid } from "./answers";
import { canvasOf, fromFile } from "./picture";
import { examples, inBrowser, model, onServer, show, shown } from "./session";
import { Still } from "./still";
import { words } from "./words";

const SIZE = 320; // of the longer side of the paper, in its own units
const INK = 64; // further from the paper's grey than this is ink
const STEP = 1 / 16; // of the paper: how far an arrow key goes

interface Hand {
  dark: boolean; // white ink on black paper
  share: number; // of the picture that the ink is high or wide, whichever is larger
  pen: number; // width of a stroke as a share of the picture
}
const UNKNOWN: Hand = { dark: true, share: 0.8, pen: 0.08 };

type Point = [number, number];
interface Stroke {
  points: Point[];
  pen: number;
}

const hand = signal<Hand>(UNKNOWN);
const swapped = signal(false);
const sized = signal(true);
const pen = signal(UNKNOWN.pen);
const strokes = signal<Stroke[]>([]);
const cursor = signal<Point | null>(null); // of the keyboard
const down = signal(false);
const paper = computed(() => {
  const [height, width] = model.value?.input.shape ?? [1, 1];
  const scale = SIZE / Math.max(height!, width!);
  return { width: Math.round(width! * scale), height: Math.round(height! * scale) };
});
const dark = computed(() => hand.value.dark !== swapped.value);

effect(() => {
  void handOf(examples.value.flatMap((one) => one.picture ?? [])).then((known) => {
    hand.value = known;
    pen.value = known.pen;
  });
});

export function DrawView() {
  useEffect(() => void redraw(), []);
  const { width, height } = paper.value;
  return (
    <div class="picture drawing">
      <canvas id="paper" width={width} height={height} tabIndex={0} role="application" aria-label={words.value.drawArea} aria-describedby="draw-hint"
        ref={(canvas) => { if (canvas) paint(canvas, strokes.value, true); }}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          begin(at(event));
        }}
        onPointerMove={(event) => {
          if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
          const all = event.getCoalescedEvents?.() ?? [];
          (all.length ? all : [event]).forEach((one) => extend(at(one, event.currentTarget)));
        }}
        onKeyDown={keyed} onBlur={() => { cursor.value = null; down.value = false; }} />
      {overlaid.value && shown.value && <Still picture={shown.value} />}
      <p class="quiet hint" id="draw-hint">{words.value.drawHint}</p>
      <div class="controls">
        <button type="button" id="draw-clear" onClick={clear}>{words.value.drawClear}</button>
        <button type="button" id="draw-undo" disabled={!strokes.value.length} onClick={undo}>{words.value.drawUndo}</button>
        <label class="range">
          <span>{words.value.drawPen}</span>
          <input type="range" min="0.02" max="0.25" step="0.01" value={pen.value} onInput={(event) => (pen.value = event.currentTarget.valueAsNumber)} />
        </label>
        <label class="tick"><input type="checkbox" checked={sized.value} onChange={(event) => { sized.value = event.currentTarget.checked; void redraw(); }} />
          <span>{words.value.drawFit}</span></label>
        <label class="tick"><input type="checkbox" checked={swapped.value} onChange={(event) => { swapped.value = event.currentTarget.checked; void redraw(); }} />
          <span>{words.value.drawInvert}</span></label>
      </div>
    </div>
  );
}

function at(event: PointerEvent | MouseEvent, canvas = event.currentTarget as HTMLCanvasElement): Point {
  const place = canvas.getBoundingClientRect();
  return [((event.clientX - place.left) / place.width) * paper.value.width, ((event.clientY - place.top) / place.height) * paper.value.height];
}

function begin(point: Point): void {
  strokes.value = [...strokes.value, { points: [point], pen: pen.value * SIZE }];
  void redraw();
}

function extend(point: Point): void {
  const last = strokes.value.at(-1);
  if (!last) return;
  strokes.value = [...strokes.value.slice(0, -1), { ...last, points: [...last.points, point] }];
  void redraw();
}

function undo(): void {
  strokes.value = strokes.value.slice(0, -1);
  void redraw();
}

function clear(): void {
  strokes.value = [];
  void redraw();
}

function keyed(event: KeyboardEvent): void {
  const { width, height } = paper.value;
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  const [x, y] = cursor.value ?? [width / 2, height / 2];
  if (step) {
    const moved: Point = [Math.min(Math.max(x + step[0]! * STEP * width, 0), width), Math.min(Math.max(y + step[1]! * STEP * height, 0), height)];
    cursor.value = moved;
    if (down.value) extend(moved);
  } else if (event.key === " ") {
    cursor.value = [x, y];
    down.value = !down.value;
    if (down.value) begin([x, y]);
  } else if (event.key === "Delete" || event.key === "Backspace") {
    clear();
  } else if (event.key === "z" && (event.ctrlKey || event.metaKey)) {
    undo();
  } else {
    return;
  }
  event.preventDefault();
}

let drawing = false, again = false;

/** Have the drawing answered; strokes that come meanwhile are answered together. */
async function redraw(): Promise<void> {
  again = true;
  if (drawing) return;
  drawing = true;
  while (again) {
    again = false;
    if (!strokes.value.length) {
      shown.value = null;
      inBrowser.value = onServer.value = null;
      continue;
    }
    await show({ name: words.value.drawName, canvas: sheet(), original: null, live: false });
  }
  drawing = false;
}

/** The drawing as the model is given it: as large, and in the middle, as in training. */
function sheet(): HTMLCanvasElement {
  const [canvas] = canvasOf(paper.value.width, paper.value.height);
  let drawn = strokes.value;
  if (sized.value) {
    const reach = drawn.flatMap((one) => one.points.flatMap(([x, y]) => [[x - one.pen / 2, y - one.pen / 2], [x + one.pen / 2, y + one.pen / 2]]));
    const [xs, ys] = [reach.map((one) => one[0]!), reach.map((one) => one[1]!)];
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const scale = hand.value.share / Math.max((right - left) / canvas.width, (bottom - top) / canvas.height);
    drawn = drawn.map((one) => ({
      points: one.points.map(([x, y]): Point => [
        canvas.width / 2 + (x - (left + right) / 2) * scale, canvas.height / 2 + (y - (top + bottom) / 2) * scale,
      ]),
      pen: Math.min(one.pen * scale, Math.max(one.pen, hand.value.pen * SIZE * 1.5)),
    }));
  }
  paint(canvas, drawn, false);
  return canvas;
}

function paint(canvas: HTMLCanvasElement, drawn: Stroke[], showCursor: boolean): void {
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  const [ground, ink] = dark.value ? ["#000", "#fff"] : ["#fff", "#000"];
  context.fillStyle = ground;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.strokeStyle = context.fillStyle = ink;
  context.lineCap = context.lineJoin = "round";
  for (const { points, pen: width } of drawn) {
    context.lineWidth = width;
    context.beginPath();
    points.forEach(([x, y], index) => (index ? context.lineTo(x, y) : context.moveTo(x, y)));
    if (points.length === 1) context.lineTo(points[0]![0] + 0.01, points[0]![1]);
    context.stroke();
  }
  if (showCursor && cursor.value) {
    context.strokeStyle = down.value ? "#e0561f" : "#3d8be0";
    context.lineWidth = 2;
    context.beginPath();
    context.arc(cursor.value[0], cursor.value[1], 8, 0, 2 * Math.PI);
    context.stroke();
  }
}

/** Ink, paper, size and pen of examples; what is usual where there are none. */
async function handOf(addresses: string[]): Promise<Hand> {
  const hands: (Hand | null)[] = await Promise.all(addresses.slice(0, 30).map(async (address) => {
    const bytes = Uint8Array.from(atob(address.split(",", 2)[1] ?? ""), (one) => one.charCodeAt(0));
    const { canvas } = await fromFile(new Blob([bytes]), "");
    return handIn(canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height));
  }));
  const known = hands.filter((one) => one !== null);
  if (!known.length) return UNKNOWN;
  const middle = (values: number[]) => values.sort((one, other) => one - other)[Math.floor(values.length / 2)]!;
  return {
    dark: known.filter((one) => one.dark).length * 2 > known.length,
    share: middle(known.map((one) => one.share)),
    pen: middle(known.map((one) => one.pen)),
  };
}

function handIn({ width, height, data }: ImageData): Hand | null {
  const grey = (x: number, y: number) => data[(y * width + x) * 4 + 1]!;
  let edge = 0;
  for (let x = 0; x < width; x++) edge += grey(x, 0) + grey(x, height - 1);
  for (let y = 0; y < height; y++) edge += grey(0, y) + grey(width - 1, y);
  edge /= 2 * (width + height);
  const ground = edge < 128 ? 0 : 255;
  let [left, right, top, bottom, amount] = [width, -1, height, -1, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const distance = Math.abs(grey(x, y) - ground);
      amount += distance / 255;
      if (distance < INK) continue;
      [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
    }
  }
  if (right < left) return null;
  const share = Math.max((right - left + 1) / width, (bottom - top + 1) / height);
  // A letter's strokes are about two and a half times as long as it is high.
  const across = amount / (width * height) / (2.5 * share);
  return { dark: ground === 0, share, pen: Math.min(Math.max(across, 0.03), 0.2) };
}
