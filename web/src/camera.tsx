// How does the page look through a camera: which one, mirrored, frozen?
import { effect, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { canvasOf, middle } from "./picture";
import { Trouble } from "./server";
import { inBrowser, model, onServer, page, rate, say, show, shown, trouble, view, where } from "./session";
import { Still } from "./still";
import { words } from "./words";

export const stream = signal<MediaStream | null>(null);
const cameras = signal<MediaDeviceInfo[]>([]);
const mirrored = signal(false);
const frozen = signal(false);

/** Width over height of what is looked at: the model's. */
const aspect = () => (model.value ? model.value.input.shape[1] / model.value.input.shape[0] : 1);

export function CameraView() {
  useEffect(() => stop, []);
  if (!stream.value) {
    return (
      <div class="picture empty">
        <p>{page.value.teach && !model.value ? words.value.teachCameraIntro : words.value.cameraIntro}</p>
        <p class="quiet">{where.value === "browser" && !page.value.teach ? words.value.cameraStays : words.value.cameraGoes}</p>
        <button type="button" class="main" id="camera-start" onClick={() => void start()}>{words.value.cameraStart}</button>
      </div>
    );
  }
  const still = frozen.value && shown.value && !shown.value.live ? shown.value : null;
  const current = stream.value.getVideoTracks()[0]?.getSettings().deviceId;
  return (
    <div class={`picture camera ${mirrored.value ? "mirrored" : ""}`}>
      {still && <Still picture={still} />}
      <video muted playsInline aria-label={words.value.camera} hidden={still !== null} ref={(video) => {
        if (!video) return;
        video.style.setProperty("--ratio", String(aspect()));
        if (video.srcObject !== stream.value) {
          video.srcObject = stream.value;
          void video.play().then(() => watch(video, stream.value)).catch(say);
        }
      }} />
      <div class="controls">
        <button type="button" id="freeze" aria-pressed={frozen.value} onClick={() => freeze(!frozen.value)}>{words.value.freeze}</button>
        <button type="button" id="mirror" aria-pressed={mirrored.value} title={words.value.mirrorHint}
          onClick={() => (mirrored.value = !mirrored.value)}>{words.value.mirror}</button>
        {cameras.value.length > 1 && (
          <label>
            <span class="unseen">{words.value.cameraWhich}</span>
            <select id="cameras" value={current} onChange={(event) => void start(event.currentTarget.value)}>
              {cameras.value.map((one, index) => (
                <option key={one.deviceId} value={one.deviceId}>{one.label || words.value.cameraNumber(index + 1)}</option>
              ))}
            </select>
          </label>
        )}
        <button type="button" id="camera-stop" onClick={stop}>{words.value.cameraStop}</button>
      </div>
    </div>
  );
}

/** Open the camera's view and start it. */
export function useCamera(): Promise<void> {
  view.value = "camera";
  return start();
}

async function start(deviceId?: string): Promise<void> {
  stop();
  trouble.value = "";
  try {
    if (!navigator.mediaDevices?.getUserMedia) throw new Trouble(words.value.cameraInsecure);
    const size = { width: { ideal: 640 }, height: { ideal: 480 } };
    const video = deviceId ? { ...size, deviceId: { exact: deviceId } } : { ...size, facingMode: "environment" };
    const opened = await navigator.mediaDevices.getUserMedia({ video, audio: false });
    if (view.value !== "camera") return opened.getTracks().forEach((track) => track.stop());
    opened.getVideoTracks()[0]?.addEventListener("ended", stop);
    mirrored.value = opened.getVideoTracks()[0]?.getSettings().facingMode === "user";
    stream.value = opened;
    cameras.value = (await navigator.mediaDevices.enumerateDevices()).filter((one) => one.kind === "videoinput");
  } catch (error) {
    say(reason(error));
  }
}

function reason(error: unknown): unknown {
  if (!(error instanceof DOMException)) return error;
  const told: Record<string, string> = {
    NotAllowedError: words.value.cameraRefused, SecurityError: words.value.cameraRefused,
    NotFoundError: words.value.cameraNone, OverconstrainedError: words.value.cameraNone, NotReadableError: words.value.cameraBusy,
  };
  return new Trouble(told[error.name] ?? words.value.cameraFailed(error.message || error.name));
}

function stop(): void {
  stream.value?.getTracks().forEach((track) => track.stop());
  stream.value = null;
  frozen.value = false;
  rate.value = 0;
  if (shown.value?.live) {
    shown.value = null;
    inBrowser.value = onServer.value = null;
  }
}

function freeze(now: boolean): void {
  const live = shown.value;
  if (now && !live?.live) return; // no frame was seen yet
  frozen.value = now;
  if (now && live) {
    const [canvas, context] = canvasOf(live.canvas.width, live.canvas.height);
    context.drawImage(live.canvas, 0, 0);
    void show({ ...live, canvas, live: false });
  }
}

/** Look at frame after frame, one at a time, until the camera stops. */
async function watch(video: HTMLVideoElement, mine: MediaStream | null): Promise<void> {
  const [canvas, context] = canvasOf(1, 1);
  let last = performance.now(), told = 0, smooth = 0;
  while (stream.value === mine && mine) {
    await next(video);
    if (stream.value !== mine || !video.videoWidth) continue;
    if (frozen.value) {
      await thawed();
      last = performance.now();
      continue;
    }
    const part = middle(video.videoWidth, video.videoHeight, aspect());
    if (canvas.width !== part.width || canvas.height !== part.height) [canvas.width, canvas.height] = [part.width, part.height];
    context.drawImage(video, part.left, part.top, part.width, part.height, 0, 0, part.width, part.height);
    await show({ name: words.value.frameName, canvas, original: null, live: true });
    const now = performance.now();
    smooth = smooth ? 0.9 * smooth + 0.1 * (now - last) : now - last;
    last = now;
    if (now - told > 500) [told, rate.value] = [now, 1000 / smooth];
  }
}

/** The next frame; also where the page cannot be seen and draws none. */
function next(video: HTMLVideoElement): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(late);
      resolve();
    };
    const late = setTimeout(done, 500);
    if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(done);
    else requestAnimationFrame(done);
  });
}

function thawed(): Promise<void> {
  return new Promise((resolve) => {
    const forget = effect(() => {
      if (!frozen.value || !stream.value) queueMicrotask(() => { forget(); resolve(); });
    });
  });
}
