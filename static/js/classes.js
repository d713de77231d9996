// Classes of a choropleth: at most five, of about as many areas each, by the values that are there.

const MOST = 5;
const PEOPLE = 100000;

// Per 100,000 people; null where nobody knows how many live there.
export const rateOf = (count, people) => (people > 0 ? (count / people) * PEOPLE : null);

// The classes of some values above zero, as their least and most; equal values are in one class.
export const classes = (values) => {
  const sorted = [...values].sort((one, other) => one - other);
  const distinct = [...new Set(sorted)];
  if (distinct.length <= MOST) return distinct.map((value) => ({ least: value, most: value }));
  const tops = [];
  for (let part = 1; part <= MOST; part += 1) tops.push(sorted[Math.ceil((part * sorted.length) / MOST) - 1]);
  const found = [];
  let start = 0;
  for (const top of new Set(tops)) {
    const within = sorted.slice(start).filter((value) => value <= top);
    if (!within.length) continue;
    found.push({ least: within[0], most: top });
    start += within.length;
  }
  return found;
};
