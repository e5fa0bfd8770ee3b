// A short sound when the turn has come: only for who switched it on, and only where the browser allows it.

class Sound {
  readonly possible = typeof AudioContext === "function";
  on = $state(false);
  /** Switched on at an earlier visit; the browser wants a touch or a key first. */
  asleep = $state(false);
  #context: AudioContext | null = null;
  #tune: ((context: AudioContext) => void) | null = null;

  constructor() {
    try { this.on = this.possible && localStorage.getItem("sound") === "on"; } catch { /* off, then */ }
    if (!this.on) return;
    this.asleep = true;
    for (const touch of ["pointerup", "keydown"]) addEventListener(touch, () => void this.#wake(), { once: true });
  }

  /** Called by a click; lets the fan hear what to expect. */
  turn(on: boolean): void {
    this.on = on;
    try { localStorage.setItem("sound", on ? "on" : "off"); } catch { /* for this page alone */ }
    if (on) void this.#wake().then(() => this.play());
  }

  play(): void {
    const context = this.#context;
    if (!this.on || !context) return;
    // A device may have put it to sleep in the meantime.
    void context.resume().then(() => this.#tune?.(context), () => null);
  }

  /** Within a touch, or the browser says no. What is played is only loaded by who wants to hear it. */
  async #wake(): Promise<void> {
    this.asleep = false;
    this.#context ??= new AudioContext();
    void this.#context.resume().catch(() => null);
    this.#tune ??= (await import("./tune").catch(() => null))?.tune ?? null;
  }
}

export const sound = new Sound();
