import { byID } from "./element.js";

let hiding;

// toast says for a while what went wrong with what somebody did just now.
export function toast(sentence) {
  const said = byID("toast");
  said.textContent = sentence;
  said.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => (said.hidden = true), 8000);
}
