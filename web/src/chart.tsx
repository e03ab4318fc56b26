// How is a history drawn with what comes next? A line, the forecast behind it, and bands that widen.
import { useEffect, useRef, useState } from "preact/hooks";
import type { History } from "./history";
import type { Step } from "./told";
import { language, words } from "./words";

const HEIGHT = 260, LEFT = 8, RIGHT = 8, TOP = 12, BOTTOM = 26;
const TICKS = 4;

interface Drawn {
  history: History | null;
  steps: Step[];
  truth: number[]; // what came next, where an example tells
  names: string[];
  field: string;
  size: number; // steps that the model sees
}

/** Round numbers from low to high, a few. */
function ticksOf(low: number, high: number): number[] {
  const rough = (high - low) / TICKS, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= rough)!;
  const ticks = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step * 1e-9; at += step) ticks.push(at);
  return ticks;
}

export function Chart(drawn: Drawn) {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(600);
  useEffect(() => {
    const watched = new ResizeObserver(([entry]) => setWidth(Math.max(240, Math.floor(entry!.contentRect.width))));
    watched.observe(place.current!);
    return () => watched.disconnect();
  }, []);
  return <div ref={place}><Drawing {...drawn} width={width} /></div>;
}

function Drawing({ history, steps, truth, names, field, size, width }: Drawn & { width: number }) {
  const all = history?.channels[0] ?? [];
  const n = Math.min(all.length, Math.max(size, 3 * steps.length, 40));
  const past = all.slice(all.length - n);
  const span = [...past, ...truth, ...steps.flatMap((one) => [one.yhat, ...one.bounds.flatMap(({ low, high }) => [low, high])])].filter(Number.isFinite);
  if (!span.length) return <div class="chart empty quiet">{words.value.chartEmpty}</div>;
  let low = Math.min(...span), high = Math.max(...span);
  if (low === high) [low, high] = [low - Math.max(1, Math.abs(low) / 10), high + Math.max(1, Math.abs(high) / 10)];
  const pad = (high - low) * 0.06;
  [low, high] = [low - pad, high + pad];
  const said = (value: number) => value.toLocaleString(language.value, { maximumSignificantDigits: 6, notation: Math.abs(value) >= 1e7 ? "compact" : "standard" });
  const ticks = ticksOf(low, high);
  const left = LEFT + 7.2 * Math.max(...ticks.map((one) => said(one).length));
  const count = n + Math.max(steps.length, truth.length);
  const x = (at: number) => left + ((width - left - RIGHT) * at) / Math.max(1, count - 1);
  const y = (value: number) => TOP + ((HEIGHT - TOP - BOTTOM) * (high - value)) / (high - low);
  const line = (values: number[], from: number) => {
    let pen = "M";
    return values.map((value, at) => {
      if (Number.isNaN(value)) {
        pen = "M";
        return "";
      }
      const drawn = `${pen}${x(from + at).toFixed(1)} ${y(value).toFixed(1)}`;
      pen = "L";
      return drawn;
    }).join("");
  };
  const last = past.at(-1) ?? NaN; // the forecast begins where the history ends
  const joined = Number.isNaN(last) ? [] : [last];
  const start = n - joined.length;
  const band = (index: number) => {
    const over = [...joined, ...steps.map((one) => one.bounds[index]!.high)], under = [...joined, ...steps.map((one) => one.bounds[index]!.low)];
    return `${line(over, start)}L${under.map((value, at) => `${x(start + at).toFixed(1)} ${y(value).toFixed(1)}`).reverse().join("L")}Z`;
  };
  const levels = steps[0]?.bounds.map((one) => one.level) ?? [];
  const dates = history!.dates.slice(-n);
  const title = steps.length ? words.value.chartSays(field, n, steps.length, said(steps[0]!.yhat), said(steps.at(-1)!.yhat)) : words.value.chartPast(field, n);
  return (
    <figure class="chart">
        <svg viewBox={`0 0 ${width} ${HEIGHT}`} width={width} height={HEIGHT} role="img" aria-label={title}>
          {ticks.map((one) => (
            <g key={one}>
              <line class="grid" x1={left} x2={width - RIGHT} y1={y(one)} y2={y(one)} />
              <text x={left - 6} y={y(one) + 4} text-anchor="end">{said(one)}</text>
            </g>
          ))}
          {n > 0 && <text x={left} y={HEIGHT - 6}>{dates[0] ?? `−${n - 1}`}</text>}
          {steps.length > 0 && <line class="now" x1={x(n - 1)} x2={x(n - 1)} y1={TOP} y2={HEIGHT - BOTTOM} />}
          <text x={width - RIGHT} y={HEIGHT - 6} text-anchor="end">{names.at(-1) ?? dates.at(-1) ?? ""}</text>
          {levels.map((level, index) => <path key={level} class={`band level-${level}`} d={band(index)} />)}
          <path class="past" d={line(past, 0)} />
          {truth.length > 0 && <path class="truth" d={line([...joined, ...truth], start)} />}
          {steps.length > 0 && <path class="ahead" d={line([...joined, ...steps.map((one) => one.yhat)], start)} />}
          {steps.length === 1 && <circle class="dot" cx={x(n)} cy={y(steps[0]!.yhat)} r={4} />}
        </svg>
      <figcaption class="legend quiet">
        <span class="key past">{words.value.pastLine}</span>
        {steps.length > 0 && <span class="key ahead">{words.value.forecast}</span>}
        {[...levels].reverse().map((level) => <span key={level} class={`key band level-${level}`}>{words.value.between(level)}</span>)}
        {truth.length > 0 && <span class="key truth">{words.value.truthLine}</span>}
      </figcaption>
    </figure>
  );
}
