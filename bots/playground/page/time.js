// Times that go on by themselves: they are counted here, so that the bot need
// not say them every second.

const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

// relative says a moment from now, such as "in 12 seconds".
function relative(at, locale) {
  const seconds = Math.round((at - Date.now()) / 1000);
  const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size * 1.5) ?? units[3];
  return new Intl.RelativeTimeFormat(locale || "en").format(Math.round(seconds / size), unit);
}

// counting is a span whose text says a moment from now, for as long as that
// lies ahead or is a past that grows; said is what the bot said.
export function counting(span, at, said, locale) {
  const past = at <= Date.now();
  span.textContent = said;
  span.setAttribute("aria-live", "off"); // nobody wants to hear every second
  const count = () => {
    if (!span.isConnected) return clearInterval(timer);
    if (past || at > Date.now()) span.textContent = relative(at, locale);
  };
  const timer = setInterval(count, 1000);
  return span;
}

// elapsed has the element say how long ago began was; it returns how to stop.
export function elapsed(into, began) {
  const count = () => (into.textContent = `${Math.max(0, Math.floor((performance.now() - began) / 1000))} s`);
  count();
  const timer = setInterval(count, 1000);
  return () => clearInterval(timer);
}

// clock is the time of day of a message.
export function clock(at) {
  const time = document.createElement("time");
  const date = new Date(at);
  time.dateTime = date.toISOString();
  time.textContent = date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  time.title = date.toLocaleString();
  return time;
}
