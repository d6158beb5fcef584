// Pyodide together with the packages of the course, which lie beside it in one archive: unpacked
// here, and while Pyodide itself is still being fetched, they are there in a third of the time that
// Pyodide takes for as many wheels.

import createPyodideModule from "./pyodide.asm.js";
import { loadPyodide as load } from "./pyodide.js";

const ARCHIVE = "packages.bin"; // as build.py calls it

// Options as for Pyodide's own loadPyodide. `packages` may name more than the archive has: those
// come from their wheels.
export async function loadPyodide({ packages = [], ...options } = {}) {
  const archive = read(new URL(ARCHIVE, import.meta.url));
  const fsInit = async (FS, { sitePackages }) => unpack(await archive, FS, sitePackages);
  const python = await load({ ...options, createPyodideModule, fsInit });
  for (const [name, { file_name }] of Object.entries(python.lockfile.packages)) {
    // Else an import in a cell would fetch it.
    if (file_name === ARCHIVE) python.loadedPackages[name] = "default channel";
  }
  const others = packages.filter((name) => !(name in python.loadedPackages));
  if (others.length) await python.loadPackage(others);
  return python;
}

async function read(url) {
  const node = url.protocol === "file:" && (await import("node:fs/promises"));
  const answer = node ? new Response(await node.readFile(url)) : await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${answer.statusText}`);
  return new Uint8Array(
    await new Response(answer.body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer(),
  );
}

// A tar archive: before each file a block of 512 bytes with its name, and its size in octal digits;
// an empty one at the end.
function unpack(archive, FS, folder) {
  const folders = new Set();
  for (let at = 0; archive[at] !== 0; ) {
    const field = (from, length) =>
      new TextDecoder().decode(archive.subarray(at + from, at + from + length)).split("\0", 1)[0];
    const size = parseInt(field(124, 12), 8);
    const path = [folder, field(345, 155), field(0, 100)].filter(Boolean).join("/");
    const parent = path.slice(0, path.lastIndexOf("/"));
    if (!folders.has(parent)) FS.mkdirTree(parent);
    folders.add(parent);
    at += 512;
    // The last argument: the file is this part of the archive, not a copy of it.
    FS.createDataFile(
      parent,
      path.slice(parent.length + 1),
      archive.subarray(at, at + size),
      true,
      true,
      true,
    );
    at += 512 * Math.ceil(size / 512);
  }
}
