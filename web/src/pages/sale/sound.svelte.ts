// A short sound when the turn has come: only for who switched it on, and only where the browser allows it.

const NOTES_HZ = [659, 880, 1_319];
const NOTE_S = 0.16;

class Sound {
  readonly possible = typeof AudioContext === "function";
  on = $state(false);
  /** Switched on at an earlier visit; the browser wants a touch or a key first. */
  asleep = $state(false);
  #context: AudioContext | null = null;

  constructor() {
    try { this.on = this.possible && localStorage.getItem("sound") === "on"; } catch { /* off, then */ }
    if (!this.on) return;
    this.asleep = true;
    for (const touch of ["pointerup", "keydown"]) addEventListener(touch, () => this.#wake(), { once: true });
  }

  /** Called by a click; lets the fan hear what to expect. */
  turn(on: boolean): void {
    this.on = on;
    try { localStorage.setItem("sound", on ? "on" : "off"); } catch { /* for this page alone */ }
    if (!on) return;
    this.#wake();
    this.play();
  }

  play(): void {
    const context = this.#context;
    if (!this.on || !context) return;
    // A device may have put it to sleep in the meantime.
    void context.resume().then(() => NOTES_HZ.forEach((hertz, at) => note(context, hertz, context.currentTime + at * NOTE_S)), () => null);
  }

  #wake(): void {
    this.asleep = false;
    this.#context ??= new AudioContext();
    void this.#context.resume().catch(() => null);
  }
}

function note(context: AudioContext, hertz: number, at: number): void {
  const [tone, volume] = [context.createOscillator(), context.createGain()];
  tone.frequency.value = hertz;
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(0.3, at + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.001, at + NOTE_S * 3);
  tone.connect(volume).connect(context.destination);
  tone.start(at);
  tone.stop(at + NOTE_S * 3);
}

export const sound = new Sound();
