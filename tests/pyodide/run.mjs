// Runs run.py in Pyodide: node run.mjs PYODIDE TOOLS PROJECT [options of pytest]. Exits with
// pytest's status.
//   PYODIDE  static/python of a site: what collect() of notebooks/site/build.py has put together
//   TOOLS    a folder with pytest and hypothesis, as pip install --target leaves it
//   PROJECT  a folder with the tests and pyproject.toml
import { readdirSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, tools, project, ...options] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${folder}/python.js`));
const python = await loadPyodide({
  indexURL: `${folder}/`,
  env: { HOME: "/home/pyodide", PYTHONDONTWRITEBYTECODE: "1" },
});
// As startup.py does.
python.runPython(`
import lecture3_engine.tensor, lecture3_site.matmul
lecture3_engine.tensor.matmul = lecture3_site.matmul.matmul
`);
// What the site keeps beside the archive and fetches when it is asked for: a package, the digits.
const extractDir = python.runPython("import sysconfig; sysconfig.get_path('purelib')");
const tqdm = readdirSync(folder).find((name) => name.startsWith("tqdm-"));
python.unpackArchive(new Uint8Array(readFileSync(`${folder}/${tqdm}`)), "zip", { extractDir });
const data = `${extractDir}/lecture3_engine/data`;
python.FS.mkdirTree(data);
python.FS.writeFile(`${data}/mnist.npz`, readFileSync(`${folder}/mnist.npz`));
for (const [where, root] of Object.entries({ "/tools": tools, "/project": project })) {
  python.FS.mkdir(where);
  python.FS.mount(python.FS.filesystems.NODEFS, { root }, where);
}
python.globals.set("options", python.toPy(options));
try {
  process.exitCode = python.runPython(readFileSync(new URL("run.py", import.meta.url), "utf8"));
} catch (error) {
  // Not the error itself: Node would print the source line with it, which is all of Pyodide.
  console.log(error.message);
  process.exitCode = 3; // pytest's "internal error"
}
