// In the page's head: starts the worker in which Python loads, see early.js, and hands it out when
// the kernel asks for a new one. build.py writes before it KERNEL, the name of the kernel's worker,
// VERSION, and PYTHON, where Python lies.
//
// This saves 4.9 s at a first visit (the first live figure after 12.0 s instead of 16.8) and 2.3 s at
// the next (10.4 instead of 12.7): medians of three, in turn, on two cores that others used as well.
{
  const first = { asked: false, worker: null };

  window.Worker = class extends Worker {
    // biome-ignore lint/correctness/noUnreachableSuper: what is returned has been made already
    constructor(url, options) {
      if (!first.asked && String(url).endsWith(KERNEL)) {
        first.asked = true;
        // biome-ignore lint/correctness/noConstructorReturn: the kernel gets the one that has begun
        if (first.worker) return first.worker;
      }
      super(url, options);
    }
  };

  // A worker sees the learner's files only if the service worker, which answers for them, is there
  // before it.
  async function files() {
    const service = navigator.serviceWorker;
    // http, and not from this machine: a browser allows none, and Python sees no files.
    if (!service) return;
    const url = new URL("../service-worker.js?enableCache=false", location.href).href;
    // Else JupyterLab takes it for an old one and removes it.
    localStorage[`${url}-version`] ??= VERSION;
    await service.register(url);
    if (service.controller) return;
    await new Promise((resolve) => {
      service.addEventListener("controllerchange", resolve, { once: true });
      setTimeout(resolve, 3000); // a page reloaded with Shift does without it
    });
  }

  files()
    .catch(console.warn)
    .then(() => {
      if (!first.asked)
        first.worker = new Worker(`../${PYTHON}/worker.js`, { type: "module", name: "early" });
    });
}
