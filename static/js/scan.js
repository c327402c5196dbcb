/* The camera as a scanner: a code that it sees goes into the search box and is searched as if a scanner had typed it.
   app.js fetches this file when the button is pressed for the first time. The browser's own reader where it has one,
   else ours. Nothing of the pictures leaves the machine. A browser gives the camera to https and to localhost alone. */
"use strict";

(() => {
  const FORMATS = ["code_128", "qr_code"];
  const BETWEEN = 120, WIDEST = 1280; // ms between two looks; pixels that are looked at
  const dialog = document.getElementById("scanner");
  const video = dialog.querySelector("video");
  const note = dialog.querySelector("[role=status]");
  const canvas = document.createElement("canvas");
  let stream = null, box = null, timer, opened = 0;

  async function own() {
    if (!("BarcodeDetector" in window)) return null;
    const known = await BarcodeDetector.getSupportedFormats().catch(() => []);
    if (!FORMATS.every((format) => known.includes(format))) return null;
    const detector = new BarcodeDetector({ formats: FORMATS });
    return async () => (await detector.detect(video))[0]?.rawValue ?? "";
  }

  async function ours() {
    await hmis.fetched(dialog.dataset.reader);
    return async () => {
      const scale = Math.min(1, WIDEST / video.videoWidth);
      const [width, height] = [video.videoWidth, video.videoHeight].map((side) => Math.round(side * scale));
      Object.assign(canvas, { width, height });
      const pen = canvas.getContext("2d", { willReadFrequently: true });
      pen.drawImage(video, 0, 0, width, height);
      return hmisScanner.read(pen.getImageData(0, 0, width, height));
    };
  }

  hmis.scan = async (button) => {
    if (dialog.open) return; // pressed twice while this file was on its way
    box = document.querySelector(button.dataset.scan);
    note.textContent = note.dataset.waiting;
    dialog.showModal();
    const mine = (opened += 1); // closed meanwhile, or opened anew
    try {
      if (!navigator.mediaDevices?.getUserMedia) throw new DOMException("", isSecureContext ? "NotFoundError" : "SecurityError");
      const got = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: { ideal: "environment" }, width: { ideal: WIDEST }, height: { ideal: 720 } },
      });
      if (mine !== opened || !dialog.open) return got.getTracks().forEach((track) => track.stop());
      stream = got;
      video.srcObject = got;
      await video.play();
      const look = (await own()) ?? (await ours());
      note.textContent = note.dataset.ready;
      if (mine === opened && dialog.open) watch(look, mine);
    } catch (error) {
      if (mine === opened && dialog.open) say(error.name);
    }
  };

  function say(name) {
    stop();
    const words = note.dataset;
    note.textContent = {
      NotAllowedError: words.denied, SecurityError: words.insecure, NotFoundError: words.none,
      OverconstrainedError: words.none, NotReadableError: words.busy,
    }[name] ?? words.failed;
  }

  async function watch(look, mine) {
    if (mine !== opened || !stream) return;
    const text = video.videoWidth ? await look().catch(() => "") : "";
    if (mine !== opened || !stream) return;
    if (text) take(text);
    else timer = setTimeout(watch, BETWEEN, look, mine);
  }

  function take(text) {
    navigator.vibrate?.(60);
    dialog.close();
    if (!box?.isConnected) return;
    box.value = text.slice(0, box.maxLength > 0 ? box.maxLength : undefined);
    box.focus();
    box.form.requestSubmit();
  }

  function stop() {
    clearTimeout(timer);
    stream?.getTracks().forEach((track) => track.stop());
    stream = video.srcObject = null;
  }

  dialog.addEventListener("close", stop);
  document.addEventListener("visibilitychange", () => { if (document.hidden && dialog.open) dialog.close(); });
})();
