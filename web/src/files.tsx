// How is a picture chosen and shown?
import { say, showFile, shown } from "./session";
import { Trouble } from "./server";
import { Still } from "./still";
import { words } from "./words";

export function PictureView() {
  const picture = shown.value && !shown.value.live ? shown.value : null;
  return (
    <div class={`picture ${picture ? "" : "empty"}`}>
        {picture && (
          <>
            <Still picture={picture} />
            <p id="caption" class="quiet"><bdi>{picture.name}</bdi></p>
          </>
        )}
        <p class="choose">
          <input id="file" class="unseen" type="file" accept="image/*" onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            if (file) void showFile(file, file.name);
            else say(new Trouble(words.value.noFile));
            event.currentTarget.value = "";
          }} />
          <label class="button main" for="file">{words.value.choose}</label>
          <span class="quiet">{words.value.drop}</span>
        </p>
      </div>
  );
}
