// The controls of controls.py: a native range input with a field to type into, a player, a choice,
// a switch.

// For label and input to find each other. Random, because every control loads this file for itself.
const newId = () => `live-control-${Math.random().toString(36).slice(2)}`;

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// "learning rate  lr": words, two spaces, a symbol.
function caption(model, id) {
  const [words, symbol] = model.get("label").split("  ");
  return make("label", { for: id }, words, ...(symbol ? [" ", make("code", {}, symbol)] : []));
}

function format(value, whole) {
  if (whole) return String(value);
  const short = Number(value.toPrecision(6));
  const size = Math.abs(short);
  return size && (size < 1e-4 || size >= 1e6) ? short.toExponential() : String(short);
}

// A range input counts steps 0, 1, 2 ...; here steps become values and back, as Slider.nearest does
// it in Python.
function scale(model) {
  const [min, max, step, log] = ["min", "max", "step", "log"].map((name) => model.get(name));
  const last = Math.ceil((log ? Math.log10(max / min) : max - min) / step - 1e-9);
  const value = (k) =>
    log
      ? Number((min * 10 ** (k * step)).toPrecision(3))
      : Number((min + k * step).toPrecision(12));
  return {
    last,
    value: (k) => (k >= last ? max : Math.min(Math.max(value(k), min), max)),
    position: (value) => Math.round((log ? Math.log10(value / min) : value - min) / step),
  };
}

// The parts of one explorer in this page speak by events of the window: "live-sent" and
// "live-reset".
const tell = (what, model, detail) =>
  window.dispatchEvent(
    new CustomEvent(what, { detail: { explorer: model.get("explorer"), ...detail } }),
  );

function hear(what, model, action) {
  const listener = ({ detail }) =>
    detail.explorer && detail.explorer === model.get("explorer") && action(detail);
  window.addEventListener(what, listener);
  return () => window.removeEventListener(what, listener);
}

// Python says which of this page's messages it has dealt with.
window.livePage ??= { name: newId(), sent: 0 };

function send(model, changes) {
  const number = ++livePage.sent;
  livePage.sending = true;
  for (const [name, value] of Object.entries(changes)) model.set(name, value);
  livePage.sending = false;
  model.set("sent", [model.get("era"), livePage.name, number]);
  // ipywidgets has one message on its way at most, and the last value always arrives.
  model.save_changes();
  tell("live-sent", model, { number });
}

const ICONS = {
  Back: "M3 3h2v10H3zM13 3v10L6 8z",
  Play: "M4 2.5v11L13.5 8z",
  Again: "M8 3a5 5 0 1 0 5 5h-2a3 3 0 1 1-3-3v2.5L12 4 8 .5z",
  Pause: "M4 3h3v10H4zM9 3h3v10H9z",
  Forward: "M11 3h2v10h-2zM3 3v10l7-5z",
  Previous: "M10.5 2.5 12 4 8 8l4 4-1.5 1.5L5 8z",
  Next: "M5.5 2.5 4 4l4 4-4 4 1.5 1.5L11 8z",
};

function dress(button, icon, model, name = icon) {
  button.innerHTML = `<svg viewBox="0 0 16 16" aria-hidden="true"><path d="${ICONS[icon]}"/></svg>`;
  button.title = name;
  button.setAttribute("aria-label", `${name}: ${model.get("label")}`);
}

function pressed(model, name, action) {
  const button = make("button", { type: "button" });
  button.addEventListener("click", action);
  dress(button, name, model);
  return button;
}

// Buttons for one step back and one forward, where a control has them.
const steps = (model, move) =>
  model.get("stepped")
    ? [pressed(model, "Previous", () => move(-1)), pressed(model, "Next", () => move(1))]
    : [];

// Each function below fills `el` and returns what brings it up to date with the model.

function slider({ model, el }, ...buttons) {
  const id = newId();
  const step = (by) => {
    const { last, value, position } = scale(model);
    const to = Math.min(Math.max(position(model.get("value")) + by, 0), last);
    send(model, { value: value(to) });
    show();
  };
  const range = make("input", { type: "range", id, min: 0, step: 1 });
  const field = make("input", {
    type: "text",
    inputmode: "decimal",
    spellcheck: "false",
    autocomplete: "off",
  });
  el.append(
    make("div", { class: "live-head" }, caption(model, id), field),
    make("div", { class: "live-row" }, ...buttons, range, ...steps(model, step)),
  );

  range.addEventListener("input", () => {
    send(model, { value: scale(model).value(Number(range.value)) });
    show(); // at once, not when Python has answered
  });
  const take = () => {
    const text = field.value.trim().replace("\u2212", "-").replace(",", ".");
    if (text && Number.isFinite(Number(text))) {
      const held = Math.min(Math.max(Number(text), model.get("min")), model.get("max"));
      send(model, { value: model.get("whole") ? Math.round(held) : held });
    }
    show(); // what was typed, held between the ends, or what was there before
  };
  field.addEventListener(
    "change",
    () => field.value !== format(model.get("value"), model.get("whole")) && take(),
  );
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") take();
    if (event.key === "Escape") show();
  });
  field.addEventListener("focus", () => field.select());

  function show() {
    const { last, position } = scale(model);
    const value = model.get("value");
    const text = format(value, model.get("whole"));
    range.max = last;
    range.value = position(value);
    range.style.setProperty("--filled", range.value / last);
    range.setAttribute("aria-valuetext", text);
    field.value = text;
    field.setAttribute("aria-label", `${model.get("label")}, typed`);
    range.disabled = field.disabled = model.get("disabled");
  }
  return show;
}

function player({ model, el }) {
  const move = (by) => {
    send(model, {
      playing: false,
      value: Math.min(Math.max(model.get("value") + by, model.get("min")), model.get("max")),
    });
  };
  const play = () => {
    const playing = !model.get("playing");
    const again = playing && model.get("value") >= model.get("max");
    send(model, { playing, ...(again ? { value: model.get("min") } : {}) });
  };
  const toggle = pressed(model, "Play", play);
  const show = slider(
    { model, el },
    pressed(model, "Back", () => move(-1)),
    toggle,
    pressed(model, "Forward", () => move(1)),
  );
  let shown = "Play";
  return () => {
    show();
    const ended = model.get("value") >= model.get("max");
    const now = model.get("playing") ? "Pause" : ended ? "Again" : "Play";
    if (shown === now) return;
    shown = now;
    dress(toggle, now, model, now === "Again" ? "Play" : now);
  };
}

function choice({ model, el }) {
  const id = newId();
  const select = make("select", { id });
  const step = (by) => {
    const words = model.get("options");
    const to = words.indexOf(model.get("value")) + by;
    send(model, { value: words[(to + words.length) % words.length] });
  };
  el.append(
    make("div", { class: "live-head" }, caption(model, id)),
    make("div", { class: "live-row" }, select, ...steps(model, step)),
  );
  select.addEventListener("change", () => send(model, { value: select.value }));
  return () => {
    select.replaceChildren(...model.get("options").map((option) => make("option", {}, option)));
    select.value = model.get("value");
    select.disabled = model.get("disabled");
  };
}

// A switch that plays: a large button that says what it does.
function starter({ model, el }) {
  const button = make("button", { type: "button" });
  el.append(make("div", { class: "live-row" }, button));
  button.addEventListener("click", () => send(model, { value: !model.get("value") }));
  return () => {
    dress(button, model.get("value") ? "Pause" : "Play", model);
    button.append(model.get("value") ? "Pause" : model.get("label"));
    button.setAttribute("aria-pressed", model.get("value"));
    button.disabled = model.get("disabled");
  };
}

// A large button that switches something on, which something else switches off.
function presser({ model, el }) {
  const button = make("button", { type: "button" }, model.get("label"));
  el.append(make("div", { class: "live-row" }, button));
  button.addEventListener("click", () => send(model, { value: true }));
  return () => {
    button.disabled = model.get("disabled") || model.get("value");
    button.dataset.pressed = model.get("value"); // for tests: it may be disabled all the same
  };
}

function toggle({ model, el }) {
  if (model.get("presses")) return presser({ model, el });
  if (model.get("plays")) return starter({ model, el });
  const id = newId();
  const box = make("input", { type: "checkbox", id });
  el.append(make("div", { class: "live-row" }, box, caption(model, id)));
  box.addEventListener("change", () => send(model, { value: box.checked }));
  return () => {
    box.checked = model.get("value");
    box.disabled = model.get("disabled");
  };
}

function reset({ model, el }) {
  const button = make(
    "button",
    { type: "button", title: "Back to the settings at the beginning" },
    model.get("label"),
  );
  el.append(button);
  button.addEventListener("click", () => {
    const era = newId(); // what was sent before carries another, and Python lets it pass
    tell("live-reset", model, { era });
    model.send({ type: "reset", era });
  });
  return () => {};
}

// Shows and hides the box "live-others" of its explorer: controls.css looks at aria-expanded.
function more({ model, el }) {
  const button = make("button", { type: "button" });
  el.append(button);
  button.addEventListener("click", () => {
    model.set("value", !model.get("value"));
    model.save_changes();
  });
  return () => {
    button.textContent = model.get("value") ? "less" : model.get("label");
    button.setAttribute("aria-expanded", model.get("value"));
    button.title = model.get("value") ? "Fewer settings" : "More settings";
  };
}

// Once for each model, however many views it has: what Reset does to it, and a player's time.
function initialize({ model }) {
  let timer = null;
  const deaf = hear("live-reset", model, ({ era }) => {
    clearTimeout(timer);
    timer = null;
    model.set("era", era);
    if (model.get("kind") === "player") model.set("playing", false);
  });
  const tick = () => {
    timer = null;
    if (!model.get("playing")) return;
    const value = Math.min(model.get("value") + 1, model.get("max"));
    send(model, { value, playing: value < model.get("max") });
    started();
  };
  const started = (waits = 1) => {
    if (model.get("playing") && timer === null)
      timer = setTimeout(tick, waits * model.get("interval"));
  };
  const plays = () => started();
  // A step that another page made: it leads while its steps come. Two would play twice as fast.
  const follow = () => {
    if (livePage.sending || timer === null) return;
    clearTimeout(timer);
    timer = null;
    started(4);
  };
  model.on("change:playing", plays);
  model.on("change:value", follow);
  plays();
  return () => {
    clearTimeout(timer);
    deaf();
    model.off("change:playing", plays);
    model.off("change:value", follow);
  };
}

function render({ model, el }) {
  const kind = model.get("kind");
  if (kind === "drawing") {
    el.hidden = true; // the picture shows it
    return () => {};
  }
  el.classList.add(["reset", "more"].includes(kind) ? "live-button" : "live-control");
  el.classList.add(`live-${kind}`);
  const show = { slider, player, choice, toggle, reset, more }[kind]({ model, el });
  // Arrow keys move the slider, not JupyterLab's selected cell.
  for (const part of el.querySelectorAll("input, select, button"))
    part.dataset.lmSuppressShortcuts = "true";
  const events = ["value", "min", "max", "options", "playing", "disabled", "label"]
    .map((name) => `change:${name}`)
    .join(" ");
  // What a setting is called may depend on another one.
  const rename = () => {
    for (const label of el.querySelectorAll("label"))
      label.replaceWith(caption(model, label.htmlFor));
  };
  const hide = () => {
    el.hidden = !model.get("shown");
  };
  model.on(events, show);
  model.on("change:label", rename);
  model.on("change:shown", hide);
  show();
  hide();
  return () => {
    model.off(events, show);
    model.off("change:label", rename);
    model.off("change:shown", hide);
  };
}

export default { initialize, render };
