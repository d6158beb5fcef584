// Draws what Python recorded (recorder.py) over a background picture, and tells Python where the
// pointer is. One widget may have several views: each has its own canvas, all show the model's
// latest frame.

const PATIENCE = 4000; // ms after which an unanswered pointer message no longer holds back the next
// ms without an answer after which the picture says that it is being worked on
const BUSY_AFTER = 150;
const WORKING = "Working …";

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

function render({ model, el }) {
  const canvas = document.createElement("canvas");
  const sentence = document.createElement("p");
  el.classList.add("live-figure");
  el.append(canvas, sentence);
  canvas.setAttribute("role", "img");
  sentence.setAttribute("role", "status");
  sentence.setAttribute("aria-live", "polite");
  const stop = new AbortController(); // removes every listener when the view goes away
  const listen = (target, event, action, options) =>
    target.addEventListener(event, action, { signal: stop.signal, ...options });

  // --- the picture ---

  const [width, height] = model.get("size");
  canvas.style.maxWidth = `${width / model.get("sharpness")}px`;
  canvas.style.aspectRatio = `${width} / ${height}`;
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
        const frame = model.get("frame");
        const background = model.get("background");
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
        } else if (frame === shown) break;
        paint(frame);
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

  function say() {
    canvas.setAttribute("aria-label", model.get("label"));
    sentence.textContent = busy ? WORKING : model.get("summary");
    sentence.classList.toggle("live-failed", model.get("failed") && !busy);
    el.classList.toggle("live-busy", busy);
    el.setAttribute("aria-busy", busy);
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
  const areaAt = ([x, y]) =>
    model.get("areas").findIndex(([x0, y0, x1, y1]) => x >= x0 && x <= x1 && y >= y0 && y <= y1);

  function send() {
    if (!latest || (waiting && performance.now() - sentAt < PATIENCE)) return;
    waiting = 1 + Math.floor(Math.random() * 2 ** 31); // a number no other view uses
    sentAt = performance.now();
    model.send({ type: "pointer", number: waiting, era: model.get("era"), ...latest });
    latest = null;
    ask();
  }

  function report(kind, event) {
    const [x, y] = place(event);
    // A "down" not yet sent stays one, at the newer place.
    latest = latest?.kind === "down" ? { ...latest, x, y } : { kind, x, y, area: areaAt([x, y]) };
    send();
  }

  listen(canvas, "pointerdown", (event) => {
    if (event.button !== 0 || areaAt(place(event)) < 0) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    dragging = true;
    report("down", event);
  });
  listen(canvas, "pointermove", (event) => {
    canvas.style.cursor = areaAt(place(event)) < 0 ? "" : dragging ? "grabbing" : "grab";
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
  const resized = new ResizeObserver(() => show());
  resized.observe(canvas);
  listen(window, "resize", () => show()); // the browser's zoom changes devicePixelRatio
  model.on("change:frame", show);
  model.on("change:label change:summary change:failed", say);
  model.on("change:answered", answered);
  model.on("change:done", settled);
  say();
  show();

  return () => {
    stop.abort();
    resized.disconnect();
    clearTimeout(busyTimer);
    picture?.close();
    model.off("change:frame", show);
    model.off("change:label change:summary change:failed", say);
    model.off("change:answered", answered);
    model.off("change:done", settled);
  };
}

export default { render };
