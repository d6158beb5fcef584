// Questions with native radio buttons: arrow keys, Tab and screen readers work as everywhere. All
// texts come from question.py.

const LETTERS = "ABCDEFGH";

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// `backticks` are code.
const inline = (text) => text.split("`").map((part, i) => (i % 2 ? make("code", {}, part) : part));

function question(model, index, item, several, show) {
  // Random, because the same question may be shown in two views.
  const name = `question-${Math.random().toString(36).slice(2)}`;
  const reply = make("div", { class: "question-reply", role: "status", "aria-live": "polite" });
  const radios = item.choices.map((_, k) => make("input", { type: "radio", name, value: k }));
  const rows = item.choices.map(([choice], k) =>
    make(
      "label",
      {},
      radios[k],
      make("span", {}, make("b", {}, LETTERS[k]), " ", ...inline(choice)),
    ),
  );
  for (const [k, radio] of radios.entries()) {
    radio.addEventListener("change", () => {
      for (const [trait, keep] of [
        ["chosen", false],
        ["first", true],
      ]) {
        const values = [...model.get(trait)];
        if (!keep || values[index] < 0) values[index] = k;
        model.set(trait, values);
      }
      model.save_changes();
      show();
    });
  }
  const element = make(
    "fieldset",
    {},
    make("legend", {}, ...(several ? [`${index + 1}. `] : []), ...inline(item.text)),
    ...rows,
    reply,
  );

  let shown = -1;
  return [
    element,
    () => {
      const chosen = model.get("chosen")[index];
      if (chosen === shown) return; // an unchanged answer is not read out again
      shown = chosen;
      for (const [k, radio] of radios.entries()) radio.checked = k === chosen;
      if (chosen < 0) return reply.replaceChildren();
      const right = chosen === item.right;
      const explanation = inline(item.choices[chosen][1]);
      if (model.get("later")) {
        reply.className = "question-reply";
        reply.replaceChildren(
          `You predict ${LETTERS[chosen]}. Keep it in mind and read on: you will see.`,
          make("details", {}, make("summary", {}, "I want to know now"), ...explanation),
        );
      } else {
        reply.className = `question-reply ${right ? "right" : "wrong"}`;
        reply.replaceChildren(
          make("span", { class: "question-icon", "aria-hidden": "true" }, right ? "✓ " : "✗ "),
          ...explanation,
        );
      }
    },
  ];
}

function scoreOf(items, first) {
  const answered = first.filter((k) => k >= 0).length;
  const missed = items.filter((item, i) => first[i] >= 0 && first[i] !== item.right);
  const right = answered - missed.length;
  if (answered < items.length)
    return `${answered} of ${items.length} answered, ${right} right at the first try.`;
  const again = missed.map((item) => item.term).filter(Boolean);
  const praise = missed.length ? "" : " All of them!";
  const hint = again.length ? ` Look again at: ${again.join("; ")}.` : "";
  return `All answered: ${right} of ${items.length} right at the first try.${praise}${hint}`;
}

export default {
  render({ model, el }) {
    el.classList.add("questions");
    const items = model.get("questions");
    const several = items.length > 1;
    const score = make("div", { class: "question-score", role: "status", "aria-live": "polite" });
    const show = () => {
      for (const [, update] of parts) update();
      if (several) score.textContent = scoreOf(items, model.get("first"));
    };
    const parts = items.map((item, index) => question(model, index, item, several, show));
    el.append(...parts.map(([element]) => element), ...(several ? [score] : []));
    show();
    // JupyterLab's notebook would take the arrow keys to go from cell to cell.
    el.addEventListener(
      "keydown",
      (event) => event.key.startsWith("Arrow") && event.stopPropagation(),
    );
    model.on("change:chosen change:first", show);
    return () => model.off("change:chosen change:first", show);
  },
};
