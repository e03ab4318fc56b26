// How is the page laid out where it teaches: collect, train, see how good it is, try it?
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { Collecting } from "./collecting";
import { page } from "./session";
import { news, taught, training } from "./teaching";
import { stream } from "./camera";
import { Outcome, TrainBar } from "./training";

const EVERY_MS = 1000; // news of a training

export function Teach({ stage, answers }: { stage: ComponentChildren; answers: ComponentChildren }) {
  useEffect(() => {
    const timer = setInterval(() => training.value && void news(), EVERY_MS);
    void news();
    return () => clearInterval(timer);
  }, [page.value]);
  const now = taught.value;
  if (!now) return null;
  const judged = now.training !== null || now.result !== null;
  return (
    <>
      <div class={`teaching ${now.result && !training.value ? "taught" : ""} ${stream.value ? "filming" : ""}`}>
        {judged && <Outcome now={now} />}
        <Collecting now={now} />
        <div class="preview">
          {stage}
          {answers}
        </div>
      </div>
      <TrainBar now={now} />
    </>
  );
}
