// The list of messages, kept as the bot says it is.
import { byID } from "./element.js";
import { draw } from "./message.js";
import { elapsed } from "./time.js";

const log = byID("log"), list = byID("messages"), newer = byID("newer"), empty = byID("empty");
const shown = new Map(); // by id: the message and its element
const unsent = new Map(); // by id: what the bot has not confirmed yet

let actions, begun = false, quiet = () => {}, hiding;
let stays = true, scrolled = 0; // whether the view is at the end, and how far down it was scrolled last

// start draws what act can be done with.
export function start(act) {
  actions = act;
  newer.onclick = () => toEnd();
  log.onscroll = () => {
    if (atEnd()) {
      stays = true;
      newer.hidden = true;
    } else if (log.scrollTop < scrolled) stays = false; // by somebody: what grows takes nobody up
    scrolled = log.scrollTop;
  };
  const sizes = new ResizeObserver(() => { if (stays) toEnd(); }); // a picture is there, or the window is another
  sizes.observe(log);
  sizes.observe(list);
}

const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 120;

function toEnd() {
  log.scrollTop = log.scrollHeight;
  stays = true;
  scrolled = log.scrollTop;
  newer.hidden = true;
}

// change takes over what has changed, and returns the messages that are new.
export function change(delta) {
  const first = !begun;
  begun = true;
  const known = new Set(delta.ids), fresh = [];
  for (const id of shown.keys()) if (!known.has(id) && !unsent.has(id)) drop(id);
  for (const message of delta.messages) {
    if (message.open && unsent.has(message.id)) continue; // it is on its way still, or says why not
    unsent.delete(message.id);
    if (!shown.has(message.id)) fresh.push(message);
    put(message.open ? { ...message, sending: true, retry: () => actions.again(message) } : message);
  }
  order([...delta.ids, ...[...unsent.keys()].filter((id) => !known.has(id))]);
  empty.hidden = shown.size > 0;
  busy(delta);
  if (stays) toEnd();
  else if (fresh.some((message) => !message.own && !message.form)) newer.hidden = false;
  return first ? [] : fresh;
}

// order moves elements to where they belong: only those that are elsewhere,
// since moving takes the focus away.
function order(ids) {
  let next = list.firstChild;
  for (const id of ids) {
    const made = shown.get(id)?.made;
    if (!made) continue;
    if (made === next) next = next.nextSibling;
    else list.insertBefore(made, next);
  }
}

function put(message) {
  const made = draw(message, actions), before = shown.get(message.id)?.made;
  if (before?.contains(document.activeElement)) {
    // Whoever was at a button stays at its place in the message.
    const at = [...before.querySelectorAll("button, a")].indexOf(document.activeElement);
    before.replaceWith(made);
    ([...made.querySelectorAll("button, a")][at] ?? log).focus({ preventScroll: true });
  } else if (before) before.replaceWith(made);
  else list.append(made);
  shown.set(message.id, { message, made });
}

function drop(id) {
  shown.get(id).made.remove();
  shown.delete(id);
}

// sending shows what is on its way; failed says why it is not.
export function sending(id, text, picture) {
  const images = picture ? [] : undefined;
  const message = { id, own: true, sending: true, at: Date.now(), text: [{ text: text || "🖼️" }], images };
  unsent.set(id, message);
  put(message);
  empty.hidden = true;
  toEnd();
}

// confirmed is what the bot has taken: it tells of it from now on.
export function confirmed(id) {
  unsent.delete(id);
}

export function failed(id, sentence, retry) {
  const message = unsent.get(id);
  if (!message) return; // it has arrived all the same
  put({ ...message, sending: false, failed: true, text: [...message.text, { text: `\n⚠️ ${sentence}` }], retry });
  toEnd();
}

// busy shows that the bot is at work, unless a status says more.
function busy(delta) {
  const told = [...shown.values()].some(({ message }) => message.status);
  clearTimeout(hiding);
  quiet();
  quiet = () => {};
  byID("busy").hidden = delta.busy === 0 || told;
  if (byID("busy").hidden) return;
  quiet = elapsed(byID("elapsed"), performance.now() - delta.since);
  hiding = setTimeout(() => {
    quiet();
    byID("busy").hidden = true;
  }, delta.busy);
}
