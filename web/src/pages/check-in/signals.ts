// A sound and a shake for each verdict, so that nobody has to look at the screen.

type Kind = "good" | "ask" | "bad";

/** Tones of each verdict: hertz, seconds. They differ in number and direction, not only in pitch. */
const TONES: Record<Kind, [hertz: number, seconds: number][]> = {
  good: [[740, 0.09], [1_110, 0.16]],
  ask: [[520, 0.12], [0, 0.06], [520, 0.12], [0, 0.06], [520, 0.12]],
  bad: [[220, 0.45]],
};
const SHAKES: Record<Kind, number[]> = { good: [90], ask: [80, 60, 80, 60, 80], bad: [450] };
const VOLUME = 0.25;
const EDGE_S = 0.008; // a tone that starts at once clicks

let audio: AudioContext | null = null;

/** Browsers allow sound after a tap only: call this from one. */
export function allowSound(): void {
  audio ??= typeof AudioContext === "function" ? new AudioContext() : null;
  void audio?.resume().catch(() => {});
}

export function signal(kind: Kind, sound: boolean): void {
  navigator.vibrate?.(SHAKES[kind]);
  if (!sound || audio?.state !== "running") return;
  let at = audio.currentTime;
  for (const [hertz, seconds] of TONES[kind]) {
    if (hertz > 0) tone(audio, hertz, at, seconds);
    at += seconds;
  }
}

function tone(context: AudioContext, hertz: number, at: number, seconds: number): void {
  const [source, volume] = [context.createOscillator(), context.createGain()];
  source.type = "triangle";
  source.frequency.value = hertz;
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(VOLUME, at + EDGE_S);
  volume.gain.setValueAtTime(VOLUME, at + seconds - EDGE_S);
  volume.gain.linearRampToValueAtTime(0, at + seconds);
  source.connect(volume).connect(context.destination);
  source.start(at);
  source.stop(at + seconds);
}
