// The camera as a reader of QR codes: the browser's own detector where there is one, jsQR where there is none.

interface Detector { detect(source: CanvasImageSource): Promise<{ rawValue: string }[]> }
interface DetectorClass { new (options: { formats: string[] }): Detector; getSupportedFormats(): Promise<string[]> }
/** The light of a phone; TypeScript does not know it. */
type Lit = MediaTrackCapabilities & { torch?: boolean };

/** Reads what the video shows now; null if there is no code in it. */
export type Reader = (video: HTMLVideoElement) => Promise<string | null>;

const SIDE_MAX_PX = 720; // jsQR looks at every pixel: no more of them than it takes

/** The camera that looks away from the person who holds the phone. Throws what getUserMedia throws. */
export async function openCamera(): Promise<MediaStream> {
  return navigator.mediaDevices.getUserMedia({
    audio: false, video: { facingMode: "environment", width: { ideal: 1_280 }, height: { ideal: 720 } },
  });
}

const program = () => import("jsqr");

/** The browser's own detector, if it has one that can read our codes. */
async function native(): Promise<DetectorClass | null> {
  const { BarcodeDetector: Native } = globalThis as { BarcodeDetector?: DetectorClass };
  return Native && (await Native.getSupportedFormats().catch((): string[] => [])).includes("qr_code") ? Native : null;
}

/** Fetches what `openReader` will need, so that it works without a network later. */
export async function fetchReader(): Promise<void> {
  if (!(await native())) await program();
}

export async function openReader(): Promise<Reader> {
  const Native = await native();
  if (Native) {
    const detector = new Native({ formats: ["qr_code"] });
    return async (video) => (await detector.detect(video).catch(() => []))[0]?.rawValue ?? null;
  }
  const { default: jsQR } = await program();
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    const scale = Math.min(1, SIDE_MAX_PX / Math.max(video.videoWidth, video.videoHeight, 1));
    const [width, height] = [Math.round(video.videoWidth * scale), Math.round(video.videoHeight * scale)];
    if (!context || width === 0) return null;
    [canvas.width, canvas.height] = [width, height];
    context.drawImage(video, 0, 0, width, height);
    const pixels = context.getImageData(0, 0, width, height);
    return jsQR(pixels.data, width, height, { inversionAttempts: "attemptBoth" })?.data || null;
  };
}

/** Whether this camera has a light. */
export function hasLight(stream: MediaStream): boolean {
  const [track] = stream.getVideoTracks();
  return Boolean((track?.getCapabilities?.() as Lit | undefined)?.torch);
}

export async function setLight(stream: MediaStream, on: boolean): Promise<void> {
  const constraint = { torch: on } as MediaTrackConstraintSet;
  await stream.getVideoTracks()[0]?.applyConstraints({ advanced: [constraint] }).catch(() => {});
}
