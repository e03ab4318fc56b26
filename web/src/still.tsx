// How is a picture shown that stands still, with what mattered over it?
import { overlaid } from "./answers";
import type { Shown } from "./picture";

export function Still({ picture }: { picture: Shown }) {
  const over = overlaid.value;
  return (
    <div class="frame" role="img" aria-label={picture.name} ref={(place) => {
      if (!place) return;
      const { canvas } = picture;
      canvas.className = Math.max(canvas.width, canvas.height) <= 96 ? "tiny" : "";
      if (over) over.className = "overlay";
      place.style.setProperty("--ratio", String(canvas.width / canvas.height));
      place.replaceChildren(...(over ? [canvas, over] : [canvas]));
    }} />
  );
}
