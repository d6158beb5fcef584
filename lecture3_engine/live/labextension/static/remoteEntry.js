// Saved notebooks show pictures. An extension of JupyterLab, Notebook 7 and JupyterLite, complete as it stands here:
// nothing builds it, and installing the Python package enables it.
//
// The output of an Explorer holds the running widget and, for readers without it, a picture; that of a question holds
// text. Jupyter prefers the widget, and when the notebook is opened again it has none: "Error displaying widget: model
// not found". So what is saved keeps the picture and drops the widget; the open page stays as it is. It is done here and
// not in a server because JupyterLite has none. `strip_views` in notebooks.py is the same rule for notebooks that are built.
//
// And these pictures, as all PNGs of outputs, get a text for those who do not see them, which Jupyter leaves out.

(() => {
  const WIDGET_VIEW = "application/vnd.jupyter.widget-view+json";
  const STAND_INS = ["image/png", "image/svg+xml", "image/jpeg", "text/html"]; // text/plain alone is only the widget's repr

  // Returns a copy, which shares with `notebook` what is the same: the original is what the open page shows.
  function stripViews(notebook) {
    let viewsLeft = false;
    const stripOutput = (output) => {
      if (!output.data || !(WIDGET_VIEW in output.data)) return output;
      if (!STAND_INS.some((kind) => kind in output.data)) {
        viewsLeft = true;
        return output;
      }
      const { [WIDGET_VIEW]: view, ...data } = output.data;
      return { ...output, data };
    };
    const cells = notebook.cells.map((cell) => (cell.outputs ? { ...cell, outputs: cell.outputs.map(stripOutput) } : cell));
    if (viewsLeft) return { ...notebook, cells };
    const { widgets, ...metadata } = notebook.metadata ?? {}; // stored states, which nothing needs now
    return { ...notebook, cells, metadata };
  }

  const savedPictures = {
    id: "lecture3_engine:saved-pictures",
    description: "Saves the picture beside a widget and drops the widget, so that a notebook opened again shows it.",
    autoStart: true,
    activate(app) {
      // Everything that writes a notebook comes through here: save, autosave, "Save As" and upload.
      const contents = app.serviceManager.contents;
      const save = contents.save.bind(contents);
      contents.save = (path, model) => {
        const isNotebook = model?.type === "notebook" && Array.isArray(model.content?.cells); // nbformat 3 has none
        return save(path, isNotebook ? { ...model, content: stripViews(model.content) } : model);
      };
    },
  };

  // The text: what the output's author wrote for it, else what stands in for the picture where none can be shown.
  function withText(factory) {
    return {
      ...factory,
      createRenderer(options) {
        const renderer = factory.createRenderer(options);
        const render = renderer.renderModel.bind(renderer);
        renderer.renderModel = async (model) => {
          await render(model);
          const image = renderer.node.querySelector("img");
          if (image) image.alt = model.metadata["image/png"]?.alt ?? [model.data["text/plain"] ?? "picture"].flat().join("");
        };
        return renderer;
      },
    };
  }

  let modules; // JupyterLab's own
  async function picturesWithText() {
    const [{ get }] = Object.values(modules["@jupyterlab/rendermime"]);
    const { IRenderMimeRegistry } = (await get())();
    return {
      id: "lecture3_engine:pictures-with-text",
      description: "Gives the pictures of outputs a text for screen readers.",
      autoStart: true,
      requires: [IRenderMimeRegistry],
      activate(app, registry) {
        registry.addFactory(withText(registry.getFactory("image/png")), registry.getRank?.("image/png"));
      },
    };
  }

  // What a bundler would write: how JupyterLab finds the modules of an extension (webpack's module federation).
  window._JUPYTERLAB ??= {};
  window._JUPYTERLAB.lecture3_engine = {
    init(shared) {
      modules = shared;
    },
    async get(module) {
      if (module !== "./extension") throw new Error(`lecture3_engine has a module "./extension", not "${module}"`);
      const plugins = [savedPictures, await picturesWithText()];
      return () => ({ __esModule: true, default: plugins });
    },
  };
})();
