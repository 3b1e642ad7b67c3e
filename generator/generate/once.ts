import { isDeepStrictEqual } from 'node:util';

/** The same function, which makes each thing's outcome once: for what depends on nothing else and is asked for run after run. */
export function oncePer<Key extends object, Made>(make: (key: Key) => Made): (key: Key) => Made {
  const made = new WeakMap<Key, Made>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    made.set(key, value);
    return value;
  };
}

/** The same function, which makes nothing again while it is given the same as the last time, however that came about. */
export function onceWhileSame<Given, Made>(make: (given: Given) => Made): (given: Given) => Made {
  let last: { readonly given: Given; readonly made: Made } | undefined;
  return (given) => {
    if (!last || !isDeepStrictEqual(last.given, given)) last = { given, made: make(given) };
    return last.made;
  };
}
