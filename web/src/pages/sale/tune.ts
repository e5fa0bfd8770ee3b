// What is heard when the turn has come.

const NOTES_HZ = [659, 880, 1_319];
const NOTE_S = 0.16;

/** Plays three notes, now. */
export function tune(context: AudioContext): void {
  NOTES_HZ.forEach((hertz, at) => note(context, hertz, context.currentTime + at * NOTE_S));
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
