// Sounds of the bell, made by the browser itself: no file is fetched. Browsers play none before somebody has used the page.

const TONES = {
  chime: [[880, 0, 0.5]],
  bell: [
    [660, 0, 0.25],
    [990, 0.22, 0.45],
  ],
};
let context;

export const play = (name) => {
  const tones = TONES[name];
  if (!tones || !globalThis.AudioContext) return;
  context ??= new AudioContext();
  context.resume().catch(() => {});
  for (const [hertz, after, lasts] of tones) {
    const [tone, volume] = [context.createOscillator(), context.createGain()];
    const begin = context.currentTime + after;
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0.25, begin);
    volume.gain.exponentialRampToValueAtTime(0.001, begin + lasts);
    tone.connect(volume).connect(context.destination);
    tone.start(begin);
    tone.stop(begin + lasts);
  }
};
