// Python begins to load together with JupyterLab, on another core, and not seconds later, when
// JupyterLab asks for it.
//
// build.py puts this beside Pyodide, with OPTIONS before it, and the page starts a worker named
// "early" from `worker.js`, which imports this and the kernel's own worker. The kernel, once it is
// asked for, calls `loadPyodide` from here.

import { loadPyodide as load } from "./python.js";

let early = self.name === "early" ? begin(OPTIONS) : null;

async function begin({ imports, ...options }) {
  const python = await load({ indexURL: new URL("./", import.meta.url).href, ...options });
  await python.runPythonAsync(imports);
  return python;
}

export async function loadPyodide(options) {
  if (early === null) return load(options);
  const python = await early;
  early = null;
  python.setStdout({ batched: options.stdout });
  python.setStderr({ batched: options.stderr });
  return python;
}
