// Saved notebooks show pictures. An extension of JupyterLab, Notebook 7 and JupyterLite, complete
// as it stands here: nothing builds it, and installing the Python package enables it. It touches
// what carries a mark of ours in its metadata, outputs (live/stored.py) and notebooks of the course
// (build_notebooks.py), and nothing else. `jupyter labextension disable lecture3_engine` switches it off.
//
// The output of an Explorer holds the running widget and, for readers without it, a picture; that
// of a question holds text. Jupyter prefers the widget, and when the notebook is opened again it
// has none: "Error displaying widget: model not found". So what is saved keeps the picture and
// drops the widget; the open page stays as it is. It is done here and not in a server because
// JupyterLite has none. `strip_views` in build_notebooks.py is the same rule for notebooks that are
// built.
//
// Our pictures get a text for those who do not see them, which Jupyter leaves out. And a notebook
// of the course is not marked as changed when it is opened, only because Jupyter notes in it which
// version of Python it has.

(() => {
  const MARK = "lecture3_engine";
  const WIDGET_VIEW = "application/vnd.jupyter.widget-view+json";
  const WIDGET_STATE = "application/vnd.jupyter.widget-state+json";
  // text/plain alone is only the widget's repr.
  const STAND_INS = ["image/png", "image/svg+xml", "image/jpeg", "text/html"];

  // Returns a copy, which shares with `notebook` what is the same: the original is what the open
  // page shows. One with nothing of ours comes back itself.
  function stripViews(notebook) {
    const dropped = []; // the models whose views go
    const kept = []; // and stay
    const stripOutput = (output) => {
      const { [WIDGET_VIEW]: view, ...data } = output.data ?? {};
      if (!view) return output;
      const goes = output.metadata?.[MARK] && STAND_INS.some((kind) => kind in data);
      (goes ? dropped : kept).push(view.model_id);
      return goes ? { ...output, data } : output;
    };
    const cells = notebook.cells.map((cell) =>
      cell.outputs ? { ...cell, outputs: cell.outputs.map(stripOutput) } : cell,
    );
    return dropped.length
      ? { ...notebook, cells, metadata: stripStates(notebook.metadata ?? {}, dropped, kept) }
      : notebook;
  }

  // What JupyterLab stores of widgets (menu Settings, Save Widget State) without the models in
  // `dropped` and those that only they refer to: a widget of another package, and one in `kept`,
  // keeps all it needs.
  function stripStates(metadata, dropped, kept) {
    const { [WIDGET_STATE]: saved, ...otherWidgets } = metadata.widgets ?? {};
    if (!saved?.state) return metadata;
    const reachable = (ids, found = new Set()) => {
      for (const id of ids) {
        if (found.has(id) || !(id in saved.state)) continue;
        found.add(id);
        reachable(
          [...JSON.stringify(saved.state[id]).matchAll(/IPY_MODEL_([\w-]+)/g)].map(
            (match) => match[1],
          ),
          found,
        );
      }
      return found;
    };
    const ours = reachable(dropped);
    const others = reachable([...kept, ...Object.keys(saved.state).filter((id) => !ours.has(id))]);
    const state = Object.fromEntries(
      Object.entries(saved.state).filter(([id]) => !ours.has(id) || others.has(id)),
    );
    if (Object.keys(state).length)
      return { ...metadata, widgets: { ...metadata.widgets, [WIDGET_STATE]: { ...saved, state } } };
    const { widgets, ...rest } = metadata;
    return Object.keys(otherWidgets).length ? { ...rest, widgets: otherWidgets } : rest;
  }

  const savedPictures = {
    id: "lecture3_engine:saved-pictures",
    description:
      "Saves the picture beside a widget of lecture3_engine and drops the widget, so that a notebook opened again shows it.",
    autoStart: true,
    activate(app) {
      // Everything that writes a notebook comes through here: save, autosave, "Save As" and upload.
      const contents = app.serviceManager.contents;
      const save = contents.save.bind(contents);
      contents.save = (path, model) => {
        // nbformat 3 has no cells.
        const isNotebook = model?.type === "notebook" && Array.isArray(model.content?.cells);
        const content = isNotebook ? stripViews(model.content) : model?.content;
        return save(path, content === model?.content ? model : { ...model, content });
      };
    },
  };

  // The text: what the output's author wrote for it, else what stands in for the picture where none
  // can be shown.
  function withText(factory, inCourse) {
    return {
      ...factory,
      createRenderer(options) {
        const renderer = factory.createRenderer(options);
        const render = renderer.renderModel.bind(renderer);
        renderer.renderModel = async (model) => {
          await render(model);
          const image = (model.metadata[MARK] || inCourse()) && renderer.node.querySelector("img");
          if (image)
            image.alt =
              model.metadata["image/png"]?.alt ??
              [model.data["text/plain"] ?? "picture"].flat().join("");
        };
        return renderer;
      },
    };
  }

  // What Jupyter itself writes into a notebook when its kernel has started: the version of Python,
  // the kernel's title.
  const fromKernel = ({ key, oldValue, newValue }) =>
    ["language_info", "kernelspec"].includes(key) && oldValue?.name === newValue?.name;

  const course = {
    id: "lecture3_engine:course",
    description:
      "Gives the pictures of lecture3_engine a text for screen readers, and opens notebooks of the course unchanged.",
    autoStart: true,
    activate(app) {
      app.docRegistry.addWidgetExtension("Notebook", {
        createNew(panel, { model }) {
          const inCourse = () => Boolean(model.getMetadata?.(MARK));
          const { rendermime } = panel.content; // this notebook's own
          rendermime.addFactory(
            withText(rendermime.getFactory("image/png"), inCourse),
            rendermime.getRank?.("image/png"),
          );
          model.metadataChanged.connect((_, change) => {
            if (inCourse() && !model.dirty && fromKernel(change))
              queueMicrotask(() => (model.dirty = false));
          });
        },
      });
    },
  };

  // What a bundler would write: how JupyterLab finds the modules of an extension (webpack's module
  // federation).
  window._JUPYTERLAB ??= {};
  window._JUPYTERLAB.lecture3_engine = {
    init() {},
    async get(module) {
      if (module !== "./extension")
        throw new Error(`lecture3_engine has a module "./extension", not "${module}"`);
      return () => ({ __esModule: true, default: [savedPictures, course] });
    },
  };
})();
