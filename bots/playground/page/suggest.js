// What is suggested while somebody types: commands after "/", then their
// options, and values for those options that have some.
import { complete } from "./api.js";
import { byID, element } from "./element.js";

const text = byID("text"), box = byID("suggestions"), list = byID("options"), hint = byID("hint"), said = byID("said");

let commands = [], offers = [], chosen = -1, asking;

// start suggests the commands.
export function start(all) {
  commands = all;
  text.addEventListener("input", suggest);
  text.addEventListener("click", suggest);
  text.addEventListener("blur", close);
  list.addEventListener("mousedown", (event) => {
    event.preventDefault(); // the text keeps the focus
    const at = event.target.closest("li");
    if (at) accept([...list.children].indexOf(at));
  });
}

export const commandIn = (value) => commands.find((command) => command.name === /^\s*\/(\S+)/.exec(value)?.[1]?.toLowerCase());

// suggest looks at what stands before the caret.
async function suggest() {
  asking?.abort();
  asking = new AbortController();
  const signal = asking.signal;
  const before = text.value.slice(0, text.selectionStart), command = commandIn(text.value);
  describe(command);
  const name = /^\s*\/(\S*)$/.exec(before);
  if (name) {
    const typed = name[1].toLowerCase();
    const found = commands.filter((one) => one.name.startsWith(typed));
    return show(found.map((one) => ({ insert: `/${one.name} `, from: before.indexOf("/"), label: `/${one.name}`, about: one.summary })), 0);
  }
  if (!command) return close();
  const flag = /(^|\s)(--\S*)$/.exec(before);
  const value = /(?:^|\s)--([\w-]+)(?:=|\s+)("?)([^"\n]*?)$/.exec(before);
  if (flag && !flag[2].includes("=")) {
    const found = command.options.filter((one) => `--${one.flag}`.startsWith(flag[2]) && !before.includes(`--${one.flag} `));
    return show(found.map((one) => ({
      insert: `--${one.flag} `, from: before.length - flag[2].length, label: `--${one.flag}${one.value ? " " + one.value : ""}`, about: one.summary,
    })), flag[2].length > 2 ? 0 : -1);
  }
  const option = value && command.options.find((one) => one.flag === value[1] && one.complete);
  if (!option || (!value[2] && /\s/.test(value[3]))) return close();
  choose(-1);
  const found = await complete(command.name, option.flag, value[3], signal);
  if (signal.aborted) return;
  const meanwhile = offers[chosen]?.label; // of those that stood there before
  const from = before.length - value[3].length - value[2].length;
  const values = found.filter((one) => one !== value[3]);
  show(values.map((one) => ({ insert: quoted(one) + " ", from, label: one, about: "" })), values.indexOf(meanwhile));
}

const quoted = (value) => (/\s/.test(value) ? `"${value}"` : value);

// describe says how the command is written that is being typed.
function describe(command) {
  hint.hidden = !command || text.value.trim() === `/${command.name}` && !command.options.length && !command.argument;
  if (hint.hidden) return;
  const options = command.options.map((one) => `[--${one.flag}${one.value ? " " + one.value : ""}]`);
  hint.textContent = [`/${command.name}`, command.argument, ...options].filter(Boolean).join(" ");
}

function show(found, first) {
  offers = found;
  if (!offers.length) return close();
  list.replaceChildren(...offers.map((offer, n) =>
    element("li", { role: "option", id: `option-${n}` }, element("b", {}, offer.label), offer.about ? element("span", {}, offer.about) : null)));
  box.hidden = false;
  said.textContent = `${offers.length} ${offers.length === 1 ? "suggestion" : "suggestions"}`;
  choose(first);
}

export function close() {
  asking?.abort();
  box.hidden = true;
  offers = [];
  chosen = -1;
  said.textContent = "";
  text.removeAttribute("aria-activedescendant");
}

function choose(n) {
  chosen = n;
  [...list.children].forEach((one, i) => one.setAttribute("aria-selected", String(i === n)));
  if (n < 0) return text.removeAttribute("aria-activedescendant");
  text.setAttribute("aria-activedescendant", `option-${n}`);
  list.children[n].scrollIntoView({ block: "nearest" });
}

// accept puts an offer in the place of what was typed of it.
function accept(n) {
  const { insert, from } = offers[n];
  text.setRangeText(insert, from, text.selectionStart, "end");
  close();
  suggest();
}

// key handles a key while something is suggested, and reports whether it was
// for the suggestions.
export function key(event) {
  if (box.hidden) return false;
  const last = offers.length - 1;
  switch (event.key) {
    case "ArrowDown": choose(chosen < last ? chosen + 1 : 0); return true;
    case "ArrowUp": choose(chosen > 0 ? chosen - 1 : last); return true;
    case "Escape": close(); return true;
    case "Tab":
      if (event.shiftKey) {
        close(); // what is scrolled would take the focus
        return false;
      }
      accept(Math.max(chosen, 0));
      return true;
    case "Enter":
      // What is typed in full is sent.
      if (event.shiftKey || chosen < 0 || text.value.trim() === offers[chosen].insert.trim()) return false;
      accept(chosen);
      return true;
  }
  return false;
}
