// What a page of posts does about decisions that are sent late: rows of waiting ones are not decided a second time, and those
// that arrived are settled as if they had just been made. What waits is told by the frame: see device.js.

const target = ({ url }) => {
  const [, id, verb] = /(\d+)\/(\w+)$/.exec(url) ?? [];
  return { id, verb };
};

// `held(id, verb)`: a decision on this post waits since an earlier visit; `settled({ entry, answer, error, id, verb })` follows
// one that was sent late.
export const followWaiting = (outbox, { held, settled }) => {
  outbox.ready.then(() => {
    for (const entry of outbox.waiting()) {
      const { id, verb } = target(entry);
      if (id) held(id, verb);
    }
  });
  outbox.addEventListener("sent", ({ detail }) => {
    const { id, verb } = target(detail.entry);
    if (id) settled({ ...detail, id, verb });
  });
};
