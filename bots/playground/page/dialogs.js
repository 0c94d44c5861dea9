// Forms that the bot asks with, and the question before a chat is cleared.
import { clear, dismiss, fill, newEvent } from "./api.js";
import { byID, element } from "./element.js";
import { toast } from "./toast.js";

const form = byID("form"), fields = byID("fields"), sure = byID("sure");

export function start() {
  for (const dialog of [form, sure]) {
    for (const close of dialog.querySelectorAll("[data-close]")) close.onclick = () => dialog.close();
  }
  byID("clear").onclick = () => open(sure, clear);
}

// ask shows the form of a message, which goes when it is closed.
export function ask(message) {
  byID("form-title").textContent = message.form.title;
  fields.replaceChildren(...message.form.fields.map((field) => {
    const input = element(field.long ? "textarea" : "input", { name: field.name, value: field.value, required: field.name === "" });
    if (!field.long) input.type = "text";
    return element("label", {}, field.label, input);
  }));
  const event = newEvent();
  open(form, () => {
    const values = {};
    for (const input of fields.querySelectorAll("input, textarea")) values[input.name] = input.value;
    return fill(event, message.id, values);
  });
  form.onclose = () => dismiss(message.id).catch((fault) => toast(fault.message));
  fields.querySelector("input, textarea")?.focus();
}

// open shows a dialog, which closes when what it is for is done.
function open(dialog, act) {
  const fault = dialog.querySelector(".fault"), button = dialog.querySelector(".primary");
  fault.hidden = true;
  dialog.querySelector("form").onsubmit = async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      await act();
      dialog.onclose = null;
      dialog.close();
    } catch (cause) {
      fault.textContent = cause.message;
      fault.hidden = false;
    } finally {
      button.disabled = false;
    }
  };
  if (!dialog.open) dialog.showModal();
}
