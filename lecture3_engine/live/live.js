// Draws what Python recorded (recorder.py) over a background picture, and tells Python where the
// pointer is. One widget may have several views: each has its own canvas, all show the model's
// latest frame.

const PATIENCE = 4000; // ms after which an unanswered pointer message no longer holds back the next
// ms without an answer after which the picture says that it is being worked on
const BUSY_AFTER = 150;
const WORKING = "Working …";
const PADDING = 10; // px around the canvas, as in live.css
const TRAVEL = 350; // ms that a step takes to its place
const QUIET = 700; // ms without another sentence after which a screen reader is told this one

// The numbers of a message: a DataView into a larger buffer, at an offset that Float32Array would
// refuse.
const bytes = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
const floats = (view) => new Float32Array(bytes(view).slice().buffer);

function unpack(frame) {
  // Vertices of all paths first, then the places where paths are stamped.
  const numbers = floats(frame.vertices);
  const codes = bytes(frame.codes);
  let vertex = 0;
  const next = () => [numbers[2 * vertex], numbers[2 * vertex++ + 1]];
  const paths = frame.lengths.map((length) => {
    const path = new Path2D();
    for (const end = vertex + length; vertex < end; ) {
      const code = codes[vertex];
      if (code === 1) path.moveTo(...next());
      else if (code === 2) path.lineTo(...next());
      else if (code === 3) path.quadraticCurveTo(...next(), ...next());
      else if (code === 4) path.bezierCurveTo(...next(), ...next(), ...next());
      else {
        path.closePath();
        next();
      }
    }
    return path;
  });
  return { paths, next };
}

function setStyle(context, style, paths) {
  if (style.clip) {
    context.beginPath();
    context.rect(...style.clip);
    context.clip();
  }
  if (style.clipPath !== undefined) context.clip(paths[style.clipPath]);
  if (style.fill) context.fillStyle = style.fill;
  if (style.stroke) {
    context.strokeStyle = style.stroke;
    context.lineWidth = style.width;
    context.lineCap = style.cap;
    context.lineJoin = style.join;
    context.setLineDash(style.dash ?? []);
    context.lineDashOffset = style.dashOffset ?? 0;
  }
  context.globalAlpha = style.alpha ?? 1;
  context.imageSmoothingEnabled = style.smooth ?? true;
}

function toCanvas(image) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  const pixels = new Uint8ClampedArray(bytes(image.pixels));
  canvas.getContext("2d").putImageData(new ImageData(pixels, image.width, image.height), 0, 0);
  return canvas;
}

function drawFrame(context, message) {
  const frame = { ...message, ...JSON.parse(message.layout) };
  const { paths, next } = unpack(frame);
  for (const [what, number, item, count] of frame.commands) {
    const style = frame.styles[number];
    context.save();
    setStyle(context, style, paths);
    if (what === "image") {
      context.transform(...frame.images[item].matrix);
      context.drawImage(toCanvas(frame.images[item]), 0, 0);
    }
    for (let i = 0; i < count; i++) {
      const [x, y] = next();
      context.translate(x, y);
      if (style.fill) context.fill(paths[item]);
      if (style.stroke) context.stroke(paths[item]);
      context.translate(-x, -y);
    }
    context.restore();
  }
}

// "<#0072B2>words</>" in a sentence have that color.
function colored(text) {
  return text.split(/(<#[0-9A-F]{6}>.*?<\/>)/).map((part) => {
    const [, color, words] = part.match(/^<(#[0-9A-F]{6})>(.*)<\/>$/) ?? [];
    if (!color) return part;
    const span = document.createElement("span");
    span.className = "live-tint";
    span.style.color = color;
    span.textContent = words;
    return span;
  });
}

// The place on a way [x, y, x, y, ...] after a share of it, each of its parts in the same time.
function along(way, share) {
  const parts = way.length / 2 - 1;
  const part = Math.min(Math.floor(share * parts), parts - 1);
  const rest = share * parts - part;
  return [0, 1].map((i) => way[2 * part + i] * (1 - rest) + way[2 * part + 2 + i] * rest);
}

function add(parent, tag, className = "") {
  const element = document.createElement(tag);
  element.className = className;
  parent.append(element);
  return element;
}

function render({ model, el }) {
  el.classList.add("live-figure");
  const sentence = add(el, "p");
  const card = add(el, "div", "live-card");
  const stage = add(card, "div", "live-stage");
  const canvas = add(stage, "canvas");
  const heard = add(el, "div", "live-heard"); // what a screen reader says
  canvas.setAttribute("role", "img");
  heard.setAttribute("role", "status");
  heard.setAttribute("aria-live", "polite");
  const stop = new AbortController(); // removes every listener when the view goes away
  const listen = (target, event, action, options) =>
    target.addEventListener(event, action, { signal: stop.signal, ...options });

  // --- the form that fits the width ---

  const id = `view-${Math.random().toString(36).slice(2)}`;
  const sizes = model.get("sizes");
  const sharpness = model.get("sharpness");
  let form = null; // the one that fits; Python may still be drawing it
  let width = 0; // of the form that is shown, in canvas pixels,
  let height = 0; // which is another one until then

  function choose() {
    const room = el.clientWidth;
    if (!room) return;
    const fits = Object.keys(sizes).filter((name) => sizes[name][0] <= room);
    // of one form only: that one, whatever the width
    const best = fits.sort((a, b) => sizes[b][0] - sizes[a][0])[0] ?? "wide";
    if (best === form) return;
    form = best;
    model.send({ type: "form", view: id, form });
  }

  function lay(name) {
    const [from, ...size] = sizes[name];
    [width, height] = size;
    canvas.dataset.form = name;
    canvas.style.aspectRatio = `${width} / ${height}`;
    // It grows with the page, but not beyond the window's height; alone, it is as large as it was
    // made.
    if (Object.keys(sizes).length === 1)
      card.style.maxWidth = `${width / sharpness + 2 * PADDING}px`;
    else
      stage.style.maxWidth =
        name === "wide" ? `max(${from}px, calc((100vh - 240px) * ${width / height}))` : "";
  }

  // --- the picture ---

  let picture = null; // the decoded background,
  let source = null; // and the bytes it was decoded from
  let drawing = false;
  let shown = null;

  async function show() {
    // A new background decodes asynchronously. Frame and background change together, or not at all.
    if (drawing) return;
    drawing = true;
    try {
      while (!stop.signal.aborted) {
        const frames = model.get("frames");
        const there = form in frames ? form : Object.keys(frames)[0];
        if (!there) break;
        if (canvas.dataset.form !== there) lay(there);
        const frame = frames[there];
        const background = model.get("backgrounds")[there];
        const pixels = Math.round(canvas.getBoundingClientRect().width * devicePixelRatio);
        if (!pixels || !background?.byteLength) break; // hidden: the ResizeObserver calls again
        if (background !== source || pixels !== picture.width) {
          const size = {
            resizeWidth: pixels,
            resizeHeight: Math.round((pixels * height) / width),
            resizeQuality: "high",
          };
          const decoded = await createImageBitmap(new Blob([background]), size);
          picture?.close();
          [picture, source] = [decoded, background];
          point();
        } else if (frame === shown) break;
        paint(frame);
        if (shown && frame !== shown) travel(frame);
        shown = frame;
      }
    } finally {
      drawing = false;
    }
  }

  function paint(frame) {
    if (canvas.width !== picture.width || canvas.height !== picture.height)
      [canvas.width, canvas.height] = [picture.width, picture.height];
    const context = canvas.getContext("2d");
    context.drawImage(picture, 0, 0);
    context.save();
    context.scale(picture.width / width, picture.height / height);
    context.miterLimit = 4; // as Agg
    drawFrame(context, frame);
    context.restore();
  }

  // A dot on its way to what a single step has led to. The picture is there at once, and the next
  // one does not wait for it.
  let traveling = 0;

  function travel(frame) {
    cancelAnimationFrame(traveling);
    const ways = model.get("travels")[canvas.dataset.form] ?? [];
    if (!ways.length || dragging || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const begin = performance.now();
    const move = (now) => {
      const share = (now - begin) / TRAVEL;
      paint(frame);
      if (share >= 1) return;
      const context = canvas.getContext("2d");
      const scale = picture.width / width;
      for (const [color, way] of ways) {
        context.beginPath();
        context.arc(
          ...along(way, Math.max(share, 0)).map((x) => x * scale),
          7 * sharpness * scale,
          0,
          7,
        );
        context.fillStyle = color;
        context.fill();
      }
      traveling = requestAnimationFrame(move);
    };
    traveling = requestAnimationFrame(move);
  }

  let told = null; // a screen reader is told when the sentence has come to rest

  function say() {
    canvas.setAttribute("aria-label", model.get("label"));
    const [verdict, reason] = busy ? ["", WORKING] : model.get("said");
    const strong = document.createElement("b");
    strong.append(...colored(verdict));
    sentence.replaceChildren(...(verdict ? [strong, " "] : []), ...colored(reason));
    sentence.classList.toggle("live-failed", model.get("failed") && !busy);
    el.classList.toggle("live-busy", busy);
    el.setAttribute("aria-busy", busy);
    clearTimeout(told);
    told = setTimeout(() => {
      if (heard.textContent !== sentence.textContent) heard.textContent = sentence.textContent;
    }, QUIET);
    // Never shrink: a sentence of two lines after one of one line would move all that follows.
    const least = parseFloat(sentence.style.minHeight) || 0;
    sentence.style.minHeight = `${Math.max(least, sentence.offsetHeight)}px`;
  }

  // --- busy: an old picture never stands under new settings without a word ---

  let asked = 0; // the last message of a control in this page
  let busyTimer = null;
  let busy = false;

  function ask() {
    // For tests: at once, not after the time that a reader does not notice.
    el.dataset.asked = "true";
    busyTimer ??= setTimeout(() => {
      busy = true;
      say();
    }, BUSY_AFTER);
  }
  function settled() {
    const [page, number] = model.get("done");
    const done = page === window.livePage?.name ? number : 0;
    clearTimeout(busyTimer);
    busyTimer = null;
    if (done < asked || waiting) {
      if (!busy) ask(); // one of several is answered: it goes on, and the time begins anew
      return;
    }
    delete el.dataset.asked;
    if (busy) {
      busy = false;
      say();
    }
  }
  listen(window, "live-sent", ({ detail }) => {
    if (!detail.explorer || detail.explorer !== model.get("explorer")) return;
    asked = detail.number;
    ask();
  });

  // --- the pointer: at most one message on its way, and the last place always arrives ---

  let waiting = 0;
  let sentAt = 0;
  let latest = null;
  let dragging = false;

  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [
      ((event.clientX - box.left) / box.width) * width,
      ((event.clientY - box.top) / box.height) * height,
    ];
  };
  const areas = () => model.get("places")[canvas.dataset.form] ?? [];
  const areaAt = ([x, y]) =>
    areas().findIndex(([x0, y0, x1, y1]) => x >= x0 && x <= x1 && y >= y0 && y <= y1);

  function send() {
    if (!latest || (waiting && performance.now() - sentAt < PATIENCE)) return;
    waiting = 1 + Math.floor(Math.random() * 2 ** 31); // a number no other view uses
    sentAt = performance.now();
    model.send({ type: "pointer", number: waiting, era: model.get("era"), ...latest });
    latest = null;
    ask();
  }

  // A word beside what can be dragged, or above it on the line of the title, until something has
  // been: once, and where it is another word.
  function point() {
    for (const hint of stage.querySelectorAll(".live-hint")) hint.remove();
    if (window.liveDragged) return;
    const said = new Set([""]); // "": what stands there says so itself
    const grips = model.get("grips")[canvas.dataset.form] ?? [];
    for (const [i, [, y0, x1]] of areas().entries()) {
      const word = model.get("hints")[i] ?? "drag";
      if (said.has(word)) continue;
      said.add(word);
      const hint = add(stage, "span", "live-hint");
      hint.textContent = word;
      const [x, y] = grips[i]?.length ? grips[i] : [x1, y0];
      hint.classList.toggle("live-beside", Boolean(grips[i]?.length));
      hint.classList.toggle("live-left", x > width / 2);
      // shares of the canvas, so that it stays in its place while the page becomes narrower
      hint.style.left = `${(100 * x) / width}%`;
      hint.style.top = `${(100 * y) / height}%`;
    }
  }

  function report(kind, event) {
    const [x, y] = place(event);
    // A "down" not yet sent stays one, at the newer place.
    // and all places on the way here: a drawing needs them
    const path = [...(latest?.path ?? []), [x, y]];
    latest = latest?.kind === "down" ? { ...latest, x, y } : { kind, x, y, area: areaAt([x, y]) };
    Object.assign(latest, { path, form: canvas.dataset.form });
    send();
  }

  listen(canvas, "pointerdown", (event) => {
    if (event.button !== 0 || areaAt(place(event)) < 0) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    dragging = true;
    window.liveDragged = true; // this learner knows
    point();
    report("down", event);
  });
  listen(canvas, "pointermove", (event) => {
    const area = areaAt(place(event));
    const pressed = model.get("hints")[area] === "press";
    canvas.style.cursor = area < 0 ? "" : pressed ? "pointer" : dragging ? "grabbing" : "grab";
    if (dragging) report("move", event);
  });
  const release = (event) => {
    if (dragging) report("up", event);
    dragging = false;
  };
  listen(window, "live-reset", ({ detail }) => {
    if (!detail.explorer || detail.explorer !== model.get("explorer")) return;
    model.set("era", detail.era);
    [latest, dragging] = [null, false]; // where the pointer was does not count any more
  });
  listen(canvas, "pointerup", release);
  listen(canvas, "pointercancel", release);
  // A finger in a draggable area drags; elsewhere it scrolls the page.
  listen(
    canvas,
    "touchstart",
    (event) => areaAt(place(event.touches[0])) >= 0 && event.preventDefault(),
    { passive: false },
  );

  // --- listening, and leaving nothing behind ---

  const answered = () => {
    if (model.get("answered") === waiting) waiting = 0;
    send();
    settled();
  };
  const resized = new ResizeObserver(() => {
    choose();
    show();
  });
  resized.observe(el);
  resized.observe(canvas);
  listen(window, "resize", () => show()); // the browser's zoom changes devicePixelRatio
  model.on("change:frames", show);
  model.on("change:grips", point);
  model.on("change:label change:said change:failed", say);
  model.on("change:answered", answered);
  model.on("change:done", settled);
  say();
  choose();
  show();

  return () => {
    model.send({ type: "form", view: id, form: null });
    clearTimeout(told);
    cancelAnimationFrame(traveling);
    stop.abort();
    resized.disconnect();
    clearTimeout(busyTimer);
    picture?.close();
    model.off("change:frames", show);
    model.off("change:grips", point);
    model.off("change:label change:said change:failed", say);
    model.off("change:answered", answered);
    model.off("change:done", settled);
  };
}

export default { render };
